/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What a daemon does to its process where no service manager did it: leaves
 * the terminal, writes its id down. One agent at a time holds a pid file.
 */

#include <glib.h>

/* The caller goes on in the background; its parent exits. Before any thread is there. */
gboolean vt_background_enter (GError **error) G_GNUC_WARN_UNUSED_RESULT;

/*
 * Creates and locks the pid file @path; the lock ends with the process.
 * Returns: the lock's descriptor, or -1.
 */
int vt_pid_file_take (const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Removes the file, then its lock. */
void vt_pid_file_release (const char *path, int fd);
