/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Makes the process a daemon if no service manager starts it: detaches from the
 * terminal, and writes a pid file. A lock on the pid file keeps a second agent
 * from starting.
 */

#include <glib.h>

/* Forks; the child returns, the parent exits. Must be called before any thread exists. */
gboolean vt_background_enter (GError **error) G_GNUC_WARN_UNUSED_RESULT;

/*
 * Creates and locks the pid file @path; the kernel drops the lock when the process ends.
 * Returns: the lock's descriptor, or -1.
 */
int vt_pid_file_take (const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Removes the file, then unlocks it. */
void vt_pid_file_release (const char *path, int fd);
