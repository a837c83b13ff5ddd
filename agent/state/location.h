/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Where the state is: in the state folder; while that is on a read-only file system, in a volatile
 * folder, whose content is lost at the next boot.
 */

#include <glib.h>

/*
 * Chooses the folder, and brings the state into it. The state folder may be read-only: then a copy
 * of the state in it goes to the volatile folder, unless that holds state already. The state folder
 * may be writable again: then the state goes back to it.
 * @state_dir, @volatile_dir: whole paths. @volatile_dir NULL: there is none.
 * Returns: the one to use, which may not exist yet; NULL: VT_ERROR_STATE, the state could not be
 * moved.
 */
const char *vt_state_location_choose (const char *state_dir,
                                      const char *volatile_dir,
                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The one that holds the state; changes nothing. */
const char *vt_state_location_find (const char *state_dir, const char *volatile_dir);
