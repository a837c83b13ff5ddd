/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Chooses the folder that holds the state: normally the state folder. While that is on a read-only
 * file system, it is the volatile folder, whose content is lost at the next boot.
 */

#include <glib.h>

/*
 * Chooses the folder, and brings the state into it. If the state folder is read-only, copies its
 * state to the volatile folder, unless there is state in that already. If the state folder is
 * writable again, moves the state from the volatile folder back to it.
 * @state_dir, @volatile_dir: absolute paths. @volatile_dir NULL: there is no volatile folder.
 * Returns: the folder to use, which may not exist yet; NULL: VT_ERROR_STATE, the state could not be
 * moved
 */
const char *vt_state_location_choose (const char *state_dir,
                                      const char *volatile_dir,
                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Returns the folder that holds the state. Changes nothing. */
const char *vt_state_location_find (const char *state_dir, const char *volatile_dir);
