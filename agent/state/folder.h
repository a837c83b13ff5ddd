/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The state folder: its lock, and whole files in it. A file is replaced as a whole, so that at any
 * instant either the old content is there or the new. A file that fails a check is renamed to
 * NAME.damaged-N. This module does not know what is inside a file.
 */

#include <glib.h>

#define VT_STATE_FILE_MAX    (16 * 1024 * 1024) /* bytes of one file */
#define VT_STATE_MAX_DAMAGED 5 /* damaged files kept of one name; the last is overwritten */

/*
 * Creates the folder (mode 0700) where it is absent, and locks it for as long as the returned
 * descriptor is open (flock(2)).
 * Returns: the descriptor; -1: VT_ERROR_STATE, also where another agent holds the lock.
 */
int vt_state_folder_lock (const char *folder, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/*
 * Reads up to VT_STATE_FILE_MAX bytes of a regular file; follows no symbolic link.
 * Returns: 0, or a negative errno: -ENOENT, -EINVAL (not a regular file), -EFBIG, ...
 */
int vt_state_folder_read (const char *folder,
                          const char *name,
                          GString *text) G_GNUC_WARN_UNUSED_RESULT;

/*
 * Replaces NAME (mode 0600) by a file that holds @text. Waits for the disk twice: for the file and
 * for the folder. A power cut afterwards leaves the new file.
 * Returns: 0, or a negative errno: then the old file is still there.
 */
int vt_state_folder_replace (const char *folder,
                             const char *name,
                             const GString *text) G_GNUC_WARN_UNUSED_RESULT;

/* Removes NAME; that it is absent is no error. Returns: 0 or a negative errno. */
int vt_state_folder_remove (const char *folder, const char *name);

/* Renames NAME to NAME.damaged-N and logs @why. VT_ERROR_STATE. */
gboolean vt_state_folder_set_aside (const char *folder,
                                    const char *name,
                                    const char *why,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Writes @text to NAME.damaged-N and logs @why; it is logged, too, where that fails. */
void vt_state_folder_keep_damaged (const char *folder,
                                   const char *name,
                                   const GString *text,
                                   const char *why);

/* Whole paths of the damaged files of NAME, of this process or an earlier one. (transfer full) */
GPtrArray *vt_state_folder_list_damaged (const char *folder, const char *name);
