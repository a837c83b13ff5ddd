/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The state of version 0.1: two files, active.json and journal.json, each a JSON object
 * with a checksum. They are read once, when there is no state.log, and never written.
 */

#include <glib.h>

#include "agent/state/content.h"

/*
 * A damaged file is renamed to NAME.damaged-N, and the other one is used alone.
 * *@ret: (transfer full): NULL where neither file is there. FALSE: VT_ERROR_STATE, the folder
 * cannot be used.
 */
gboolean vt_old_state_read (const char *folder,
                            const char *boot_id,
                            VtContent **ret,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Removes both files. */
void vt_old_state_remove (const char *folder);

/* The names of both files; NULL at the end. */
extern const char *const vt_old_state_files[];
