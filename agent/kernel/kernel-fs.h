/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The one place that opens kernel attributes: files below /sys, /proc, /dev
 * and /run, named by paths relative to a root ("sys/block/vda/queue/scheduler"),
 * which is "/" or, for tests, a fixture tree. Whether some other file is there
 * (a kernel module, a unit) may be asked too. No path leaves the root, not
 * even by a symlink. In a fixture tree a write does what the kernel would
 * make of it (simulated-store.h). It knows no tunable. All calls may be made
 * from any thread.
 */

#include <glib.h>

#define VT_KERNEL_FILE_MAX (256 * 1024) /* bytes read of one file */
#define VT_KERNEL_LIST_MAX 65536        /* names read of one folder */

typedef struct VtKernelFs VtKernelFs;

/* @root: NULL for "/". Returns: (transfer full) */
VtKernelFs *vt_kernel_fs_new (const char *root, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void vt_kernel_fs_free (VtKernelFs *fs);

/* "" for "/", else the root's path without a slash at its end: what stands before "/sys". */
const char *vt_kernel_fs_get_root (const VtKernelFs *fs);

/*
 * The file's text less its trailing white space. Errors: VT_ERROR_NOT_OFFERED
 * where the file is absent (ENOENT, ENODEV), else VT_ERROR_GENERIC with errno's
 * text. Both name the path. (transfer full)
 */
char *vt_kernel_fs_read (const VtKernelFs *fs,
                         const char *path,
                         GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same without an allocation, cut at @size. Returns: 0 or a negative errno. */
int vt_kernel_fs_read_buffer (const VtKernelFs *fs, const char *path, char *buffer, gsize size)
    G_GNUC_WARN_UNUSED_RESULT;

/* Bytes as they are, cut at @size. Returns: their number, or a negative errno. */
gssize vt_kernel_fs_read_raw (const VtKernelFs *fs, const char *path, void *buffer, gsize size)
    G_GNUC_WARN_UNUSED_RESULT;

/* One write(2) of @value, as the kernel's store functions want it. Errors as for reading. */
gboolean vt_kernel_fs_write (const VtKernelFs *fs,
                             const char *path,
                             const char *value,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same for the caller who acts on errno, EINTR included. Returns: 0 or a negative errno. */
int vt_kernel_fs_write_errno (const VtKernelFs *fs,
                              const char *path,
                              const char *value) G_GNUC_WARN_UNUSED_RESULT;

/*
 * Whether a write could be tried at all: opens the file for it and writes
 * nothing. Returns: 0 or a negative errno, -EROFS below a read-only mount.
 */
int vt_kernel_fs_check_writable (const VtKernelFs *fs, const char *path) G_GNUC_WARN_UNUSED_RESULT;

/* Whether the file or folder is there. */
gboolean vt_kernel_fs_exists (const VtKernelFs *fs, const char *path);

/* Names in a folder, in natural order ("vda2" before "vda10"); empty where it is absent. (transfer
 * full) */
GStrv vt_kernel_fs_list (const VtKernelFs *fs, const char *path);

/*
 * Calls @func for each name in a folder, "." and ".." left out, in the
 * kernel's own order, without an allocation: for whom runs when memory is
 * short. @func FALSE ends it. Returns: 0 or a negative errno.
 */
typedef gboolean (*VtNameFunc) (const char *name, gpointer data);
int vt_kernel_fs_each (const VtKernelFs *fs, const char *path, VtNameFunc func, gpointer data)
    G_GNUC_WARN_UNUSED_RESULT;

/* The real path of @path (a sysfs link), relative to the root: "sys/devices/…"; NULL where absent.
 * (transfer full) */
char *vt_kernel_fs_realpath (const VtKernelFs *fs, const char *path);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtKernelFs, vt_kernel_fs_free)
