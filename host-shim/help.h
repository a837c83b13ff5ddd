/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The texts of --help. They are made from the tables of verbs, options and
 * exit codes, so they always match the program.
 */

#include <glib.h>

#include "host-shim/verb.h"

/* (transfer full) */
char *vt_help_general (void);
char *vt_help_verb (const VtVerb *verb);
