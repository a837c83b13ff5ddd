/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Opens paths below a root folder: "/" or, for tests, a fixture tree. No path
 * leaves the root: ".." is refused, and a symlink resolves below the root. It
 * reads and writes nothing. All functions are safe from any thread.
 */

#include <glib.h>

typedef struct
{
  char *path;           /* "" for "/", else without a slash at the end */
  int fd;               /* of the root folder, O_PATH */
  gboolean has_openat2; /* FALSE: the kernel is older than 5.6, or a seccomp filter forbids it */
} VtKernelRoot;

/*
 * @path: NULL for "/". FALSE: VT_ERROR_GENERIC if the folder can't be opened,
 * or if it is not "/" and openat2(2) is missing.
 */
gboolean vt_kernel_root_init (VtKernelRoot *root,
                              const char *path,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;
void vt_kernel_root_clear (VtKernelRoot *root);

/* Whether the root is "/", so that its files are the kernel's own and not a test's. */
gboolean vt_kernel_root_is_system (const VtKernelRoot *root);

/*
 * Opens @path, which is relative to the root. @flags: of open(2).
 * Returns: a descriptor, or a negative errno; -EINVAL: the path is empty or contains "..".
 */
int vt_kernel_root_open (const VtKernelRoot *root,
                         const char *path,
                         int flags) G_GNUC_WARN_UNUSED_RESULT;

/* Whether the file or folder exists. */
gboolean vt_kernel_root_exists (const VtKernelRoot *root, const char *path);

/*
 * Resolves all symlinks of @path.
 * Returns: (transfer full): the resolved path, relative to the root; NULL if it does not exist
 */
char *vt_kernel_root_realpath (const VtKernelRoot *root, const char *path);
