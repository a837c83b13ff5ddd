/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Runs one command line from start to end: finds the verb and the guest,
 * prints the output or the error, returns the exit code. It knows no verb's
 * arguments.
 */

#include <glib.h>
#include <stdio.h>

#include "host-shim/exit.h"

/* @argv: that of main(); ends with NULL. */
VtExit vt_command_main (const char *const *argv, FILE *out, FILE *err);
