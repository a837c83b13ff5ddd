/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Texts of --help, made from the tables of verbs, options and exit codes, so
 * that they cannot differ from what is there.
 */

#include <glib.h>

#include "host-shim/verb.h"

/* (transfer full) */
char *vt_help_general (void);
char *vt_help_verb (const VtVerb *verb);
