/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Memory blocks, /sys/devices/system/memory (admin-guide/mm/memory-hotplug):
 * lists them, sets one. It decides no policy, and sweeps over none.
 */

#include <glib.h>

#include "agent/kernel/kernel-fs.h"

typedef struct
{
  guint64 index; /* N of memoryN */
  gboolean online;
  gboolean can_offline; /* "removable" */
} VtMemoryBlock;

/* Bytes of one block, from block_size_bytes (hexadecimal there). */
gboolean vt_memory_block_size (const VtKernelFs *fs,
                               guint64 *ret_size,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Returns: (transfer full): GArray of VtMemoryBlock by index; VT_ERROR_NOT_OFFERED without memory
 * hot-plug. */
GArray *vt_memory_blocks_list (const VtKernelFs *fs, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Room for the longest attribute: valid_zones, with the name of each zone once. */
#define VT_MEMORY_VALUE_MAX 64

typedef gboolean (*VtBlockFunc) (guint64 index, gpointer data);

/*
 * Calls @func for each block, in the kernel's own order; FALSE ends it. Allocates nothing.
 * VT_ERROR_NOT_OFFERED without memory hot-plug.
 */
gboolean vt_memory_blocks_each (const VtKernelFs *fs,
                                VtBlockFunc func,
                                gpointer data,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* An attribute of one block, "state"; likewise. Returns: 0 or a negative errno. */
int vt_memory_block_read (const VtKernelFs *fs,
                          guint64 index,
                          const char *attribute,
                          char value[VT_MEMORY_VALUE_MAX]) G_GNUC_WARN_UNUSED_RESULT;
/* "going-offline" is not online any more, and not offline yet. */
int vt_memory_block_read_online (const VtKernelFs *fs,
                                 guint64 index,
                                 gboolean *ret_online) G_GNUC_WARN_UNUSED_RESULT;
/* @word: as the kernel takes it, whatever the state is; EINTR included. */
int vt_memory_block_write (const VtKernelFs *fs,
                           guint64 index,
                           const char *word) G_GNUC_WARN_UNUSED_RESULT;

/*
 * Whether a block whose valid_zones reads @zones is where @word would have
 * put it. Pure. An online block names its one zone, or "none" where it spans
 * several (admin-guide/mm/memory-hotplug); "online" takes any.
 */
gboolean vt_memory_zone_fits (const char *zones, const char *word);

/* N of "memoryN". FALSE: it is no block's name. */
gboolean vt_memory_block_parse (const char *name, guint64 *ret_index) G_GNUC_WARN_UNUSED_RESULT;

/*
 * As guest-set-memory-blocks sets one: brings it to the state asked for.
 * Returns: 0, -ENOENT: no such block, -EOPNOTSUPP: can't be offlined, else a negative errno.
 */
int vt_memory_block_set (const VtKernelFs *fs, guint64 index, gboolean online, const char *word)
    G_GNUC_WARN_UNUSED_RESULT;
