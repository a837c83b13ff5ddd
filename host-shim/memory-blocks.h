/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Summarises a guest's memory blocks from the replies to qga's memory
 * commands: counts them, and groups the offline blocks into ranges. It sends
 * nothing.
 */

#include <glib.h>
#include <json-glib/json-glib.h>

/* Bytes. No real block is larger, and the limit keeps block size times blocks from overflowing. */
#define VT_MEMORY_BLOCK_SIZE_MAX ((gint64) 1 << 44)

typedef struct
{
  guint64 block_size; /* bytes */
  guint n_online;
  GArray *offline; /* of gint64 phys-index, ascending */
} VtMemoryBlocks;

typedef struct
{
  guint64 first, last;
} VtMemoryRange;

/*
 * @info, @list: the replies to guest-get-memory-block-info and guest-get-memory-blocks.
 * VT_EXIT_PROTOCOL: a reply has the wrong form, or a block occurs twice.
 */
VtMemoryBlocks *vt_memory_blocks_from_json (JsonNode *info,
                                            JsonNode *list,
                                            GError **error) G_GNUC_WARN_UNUSED_RESULT;
void vt_memory_blocks_free (VtMemoryBlocks *blocks);

/* Array of VtMemoryRange. (transfer full) */
GArray *vt_memory_blocks_offline_ranges (const VtMemoryBlocks *blocks);
/* "64-71", or "64". (transfer full) */
char *vt_memory_range_to_string (const VtMemoryRange *range);

/* {"block-size", "online", "offline", "offline-blocks": [[64, 71]]}. (transfer full) */
JsonNode *vt_memory_blocks_to_json (const VtMemoryBlocks *blocks);

/* Arguments of guest-set-memory-blocks that bring @n blocks of @offline online, from index @first
 * on. (transfer full) */
JsonNode *vt_memory_blocks_online_request (const GArray *offline, guint first, guint n);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtMemoryBlocks, vt_memory_blocks_free)
