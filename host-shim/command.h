/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One command line from beginning to end: which verb on which guest, its
 * output or its error, the exit code. It knows no verb's arguments.
 */

#include <glib.h>
#include <stdio.h>

#include "host-shim/exit.h"

/* @argv: as main()'s, ends with NULL. */
VtExit vt_command_main (const char *const *argv, FILE *out, FILE *err);
