/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Reads FOLDER/NAME/tuned.conf below a root: a regular file of bounded size.
 * Symbolic links are followed as trusted-path.h says. It parses nothing and
 * has no list of folders.
 */

#include <glib.h>

#define VT_PROFILE_FILE_MAX (64 * 1024) /* bytes */
#define VT_PROFILE_NAME_MAX 64

/* A name has letters, digits, '_', '.' and '-', as in TuneD, and doesn't start with a dot. */
gboolean vt_profile_name_is_valid (const char *name);

/*
 * @name must be valid. Returns: (transfer full): the text, which may contain
 * NUL; NULL without an error: there is no such file.
 * VT_ERROR_INVALID_ARGUMENT tells why the file can't be used.
 */
GBytes *vt_profile_file_read (const char *root,
                              const char *folder,
                              const char *name,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The valid names below @folder, sorted, at most @max. Not all of them need have a profile. */
GPtrArray *vt_profile_file_list (const char *root, const char *folder, guint max);
