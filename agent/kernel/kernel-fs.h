/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Reads and writes kernel attributes: files below /sys, /proc, /dev and /run.
 * No other module opens them. Paths are relative to a root
 * ("sys/block/vda/queue/scheduler"). The root is "/" or, for tests, a fixture
 * tree. vt_kernel_fs_exists() also serves other files, such as a kernel
 * module or a unit. No path leaves the root, not even through a symlink. In a
 * fixture tree a write simulates the kernel (simulated-store.h).
 *
 * It knows no tunable. All functions are safe from any thread.
 */

#include <glib.h>

/* A random id that each boot has anew (random(4)). */
#define VT_BOOT_ID "proc/sys/kernel/random/boot_id"

#define VT_KERNEL_FILE_MAX (256 * 1024) /* bytes; longer files are cut */
#define VT_KERNEL_LIST_MAX 65536        /* names; longer folder listings are cut */

typedef struct VtKernelFs VtKernelFs;

/* @root: NULL for "/". Returns: (transfer full) */
VtKernelFs *vt_kernel_fs_new (const char *root, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void vt_kernel_fs_free (VtKernelFs *fs);

/* Returns: the prefix of "/sys": "" for "/", else the root's path without a slash at its end */
const char *vt_kernel_fs_get_root (const VtKernelFs *fs);

/*
 * Returns: (transfer full): the file's text without trailing white space.
 * NULL: VT_ERROR_NOT_OFFERED if the file is absent (ENOENT, ENODEV), else
 * VT_ERROR_GENERIC with errno's text. Both texts name the path.
 */
char *vt_kernel_fs_read (const VtKernelFs *fs,
                         const char *path,
                         GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Does the same without an allocation. Cuts the text at @size - 1 bytes. Returns: 0 or a negative
 * errno. */
int vt_kernel_fs_read_buffer (const VtKernelFs *fs, const char *path, char *buffer, gsize size)
    G_GNUC_WARN_UNUSED_RESULT;

/* Reads at most @size bytes with one read(2). Returns: their number, or a negative errno. */
gssize vt_kernel_fs_read_raw (const VtKernelFs *fs, const char *path, void *buffer, gsize size)
    G_GNUC_WARN_UNUSED_RESULT;

/* Writes @value with one write(2), as the kernel's store functions expect. Sets the same errors as
 * vt_kernel_fs_read(). */
gboolean vt_kernel_fs_write (const VtKernelFs *fs,
                             const char *path,
                             const char *value,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Does the same, but does not repeat the call on EINTR. Returns: 0 or a negative errno. */
int vt_kernel_fs_write_errno (const VtKernelFs *fs,
                              const char *path,
                              const char *value) G_GNUC_WARN_UNUSED_RESULT;

/*
 * Checks whether the file can be opened for writing. Writes nothing.
 * Returns: 0, or a negative errno; -EROFS on a read-only mount.
 */
int vt_kernel_fs_check_writable (const VtKernelFs *fs, const char *path) G_GNUC_WARN_UNUSED_RESULT;

/* Whether the file or folder exists. */
gboolean vt_kernel_fs_exists (const VtKernelFs *fs, const char *path);

/* Returns: (transfer full): the names in a folder, in natural order ("vda2" before "vda10"); empty
 * if the folder does not exist */
GStrv vt_kernel_fs_list (const VtKernelFs *fs, const char *path);

/*
 * Calls @func for each name in a folder except "." and "..", in the kernel's
 * order, until @func returns FALSE. Allocates no memory, so that it works
 * while memory is short. Returns: 0 or a negative errno.
 */
typedef gboolean (*VtNameFunc) (const char *name, gpointer data);
int vt_kernel_fs_each (const VtKernelFs *fs, const char *path, VtNameFunc func, gpointer data)
    G_GNUC_WARN_UNUSED_RESULT;

/* Resolves all symlinks of @path, such as those of sysfs. Returns: (transfer full): the path
 * relative to the root ("sys/devices/…"); NULL if it does not exist. */
char *vt_kernel_fs_realpath (const VtKernelFs *fs, const char *path);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtKernelFs, vt_kernel_fs_free)
