/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Reads FOLDER/NAME/tuned.conf: a regular file of bounded size, reached by no
 * symlink below FOLDER. It knows neither its format nor the list of folders.
 */

#include <glib.h>

#define VT_PROFILE_FILE_MAX (64 * 1024) /* bytes */
#define VT_PROFILE_NAME_MAX 64

/* Letters, digits, '_', '.' and '-', as TuneD has it, and no dot in front. */
gboolean vt_profile_name_is_valid (const char *name);

/*
 * @name: valid. Returns: (transfer full): the text, which may hold NUL; NULL
 * without an error: there is no such file. VT_ERROR_INVALID_ARGUMENT: it
 * can't be used, and why.
 */
GBytes *vt_profile_file_read (const char *folder,
                              const char *name,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Names under @folder that are valid, sorted, whether or not they hold a profile; at most @max. */
GPtrArray *vt_profile_file_list (const char *folder, guint max);
