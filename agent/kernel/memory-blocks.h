/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Memory blocks, /sys/devices/system/memory (admin-guide/mm/memory-hotplug):
 * lists them, brings them online. Nothing on its sweeping path allocates, for
 * it runs when memory is short. It decides no policy.
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

typedef struct
{
  guint online;    /* were online already, or are taken to be */
  guint held;      /* left offline, because @skip says so */
  guint onlined;   /* by this sweep */
  guint misplaced; /* others brought them online while we tried, in a zone that the word does not
                      allow */
  guint failed;    /* stay offline */
  guint64 first_failed; /* index; only where failed > 0 */
  int error;            /* errno of first_failed */
} VtSweep;

/*
 * Writes @word ("online", "online_kernel", "online_movable") to each block
 * that is offline. Losing a race to the kernel or to udev is no failure where
 * the block is online in the end; where it is so in another zone than the
 * word allows, it counts as misplaced. @skip (may be NULL) says which offline
 * blocks stay so. VT_ERROR_NOT_OFFERED without memory
 * hot-plug.
 */
typedef gboolean (*VtBlockFunc) (guint64 index, gpointer data);
gboolean vt_memory_blocks_sweep (const VtKernelFs *fs,
                                 const char *word,
                                 VtBlockFunc skip,
                                 gpointer data,
                                 VtSweep *ret,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The same of blocks from index @from on; those before it are taken to be online, unseen. */
gboolean vt_memory_blocks_sweep_from (const VtKernelFs *fs,
                                      guint64 from,
                                      const char *word,
                                      VtBlockFunc skip,
                                      gpointer data,
                                      VtSweep *ret,
                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;

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
