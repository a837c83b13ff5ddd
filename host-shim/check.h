/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Runs the command of --check on the host, to find out whether a change works.
 * The command is split into words as in a shell, but run without a shell. This
 * file does not communicate with a guest.
 */

#include <glib.h>

typedef enum
{
  VT_CHECK_PASSED,
  VT_CHECK_FAILED,
  VT_CHECK_TOO_LATE, /* killed at its deadline */
} VtCheckResult;

/*
 * Splits @command into words. The first word is replaced by the path of the
 * program, which is looked up in PATH as execvp(3) does. VT_EXIT_USAGE: the
 * command can't be split, or there is no such executable program.
 * (transfer full)
 */
GStrv vt_check_parse (const char *command, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/*
 * Runs @argv and waits for its end. Its input is empty, and its output goes to
 * stderr. @deadline: µs as g_get_monotonic_time(). VT_EXIT_FAILED: it could not
 * be started, for example because a script's interpreter doesn't exist.
 */
gboolean vt_check_run (GStrv argv, gint64 deadline, VtCheckResult *ret, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
