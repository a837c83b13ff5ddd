/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Memory blocks below /sys/devices/system/memory (admin-guide/mm/memory-hotplug):
 * lists them, reads and writes one. It decides no policy and changes one
 * block at a time.
 */

#include <glib.h>

#include "agent/kernel/kernel-fs.h"

typedef struct
{
  guint64 index; /* N of memoryN */
  gboolean online;
  gboolean can_offline; /* "removable" is 1 */
} VtMemoryBlock;

/* Reads the size of one block in bytes from block_size_bytes. FALSE: VT_ERROR_NOT_OFFERED without
 * memory hot-plug, else VT_ERROR_GENERIC. */
gboolean vt_memory_block_size (const VtKernelFs *fs,
                               guint64 *ret_size,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Returns: (transfer full): GArray of VtMemoryBlock, sorted by index; NULL: VT_ERROR_NOT_OFFERED
 * without memory hot-plug, else VT_ERROR_GENERIC. */
GArray *vt_memory_blocks_list (const VtKernelFs *fs, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Size of a buffer for the longest attribute: valid_zones, with the name of each zone once. */
#define VT_MEMORY_VALUE_MAX 64

typedef gboolean (*VtBlockFunc) (guint64 index, gpointer data);

/*
 * Calls @func for each block, in the kernel's order, until it returns FALSE.
 * Allocates no memory. FALSE: VT_ERROR_NOT_OFFERED without memory hot-plug,
 * else VT_ERROR_GENERIC.
 */
gboolean vt_memory_blocks_each (const VtKernelFs *fs,
                                VtBlockFunc func,
                                gpointer data,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Reads an attribute of one block, such as "state". Allocates no memory. Returns: 0 or a negative
 * errno. */
int vt_memory_block_read (const VtKernelFs *fs,
                          guint64 index,
                          const char *attribute,
                          char value[VT_MEMORY_VALUE_MAX]) G_GNUC_WARN_UNUSED_RESULT;
/* Reads whether one block is online; "going-offline" counts as not online. Allocates no memory.
 * Returns: 0 or a negative errno. */
int vt_memory_block_read_online (const VtKernelFs *fs,
                                 guint64 index,
                                 gboolean *ret_online) G_GNUC_WARN_UNUSED_RESULT;
/* Writes @state to the block's state, without reading it first and without repeating on EINTR.
 * Returns: 0 or a negative errno. */
int vt_memory_block_write (const VtKernelFs *fs,
                           guint64 index,
                           const char *state) G_GNUC_WARN_UNUSED_RESULT;

/*
 * Whether @policy ("online", "online_kernel", "online_movable") allows the
 * zone of an online block whose valid_zones reads @zones. An online block
 * names its one zone, or "none" if it spans several
 * (admin-guide/mm/memory-hotplug). "online" allows every zone. Pure.
 */
gboolean vt_memory_policy_allows_zone (const char *policy, const char *zones);

/* Parses N of "memoryN". FALSE: @name is not the name of a block. */
gboolean vt_memory_block_parse (const char *name, guint64 *ret_index) G_GNUC_WARN_UNUSED_RESULT;

/*
 * Brings one block to the wanted state, as guest-set-memory-blocks does.
 * Writes nothing if the block is in that state. @policy: written to bring it online.
 * Returns: 0; -ENOENT: no such block; -EOPNOTSUPP: the block can't be taken offline; else another
 * negative errno.
 */
int vt_memory_block_set (const VtKernelFs *fs, guint64 index, gboolean online, const char *policy)
    G_GNUC_WARN_UNUSED_RESULT;
