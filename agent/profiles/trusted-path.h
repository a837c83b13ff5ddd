/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Opens a path below a root, one component after the other. Symbolic links are
 * followed, below the root, where only root can change what they lead to:
 * then every folder, link and file of the resolved path belongs to root, and
 * neither its group nor others can write it. A path without symbolic links is
 * opened whoever owns it. It reads no file, and knows no profiles.
 */

#include <glib.h>

typedef enum
{
  VT_TRUSTED_FILE, /* a regular file, to read */
  VT_TRUSTED_FOLDER,
} VtTrustedKind;

/*
 * @root: "" for the system's. @folder, @rest: components below it; @rest may be
 * NULL. Returns: a descriptor; -1 without an error: there is no such file or
 * folder. VT_ERROR_INVALID_ARGUMENT tells why it can't be used; that is also so
 * if a symbolic link in @rest leads to nothing.
 */
int vt_trusted_path_open (const char *root,
                          const char *folder,
                          const char *rest,
                          VtTrustedKind kind,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;
