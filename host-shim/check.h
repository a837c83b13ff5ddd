/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A command of the operator's, run on the host to see whether a change is
 * good: split into words as a shell would, and run without one. It knows
 * nothing of guests.
 */

#include <glib.h>

typedef enum
{
  VT_CHECK_PASSED,
  VT_CHECK_FAILED,
  VT_CHECK_TOO_LATE, /* killed at its deadline */
} VtCheckResult;

/*
 * Its words, the first of them the program as it was found: by its path, or
 * along PATH as execvp(3) looks. VT_EXIT_USAGE where it is no command line, or
 * there is no such program that may be run. (transfer full)
 */
GStrv vt_check_parse (const char *command, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/*
 * Its input is empty, what it prints goes to stderr. @deadline: µs as
 * g_get_monotonic_time(). FALSE (VT_EXIT_FAILED): it did not start, as where a
 * script names an interpreter that is not there.
 */
gboolean vt_check_run (GStrv argv, gint64 deadline, VtCheckResult *ret, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
