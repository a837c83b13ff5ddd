/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Tracks what the agent knows of memory blocks beyond their attributes:
 *
 * - Which blocks are held: somebody took them offline on purpose (a host that
 *   will unplug them, or an operator), and a sweep must leave them offline.
 *   Commands of the agent hold a block themselves; the kernel's events show
 *   what others did. The list is in /run/virt-tune-memory-held, so it survives
 *   a restart of the agent.
 * - Which blocks were plugged while the agent ran, and which of them were seen
 *   online.
 * - Which blocks took too long to go offline.
 *
 * It writes no attribute. Safe from any thread.
 */

#include <glib.h>

#include "agent/kernel/kernel-fs.h"
#include "agent/kernel/memory-sweep.h"

typedef struct VtMemoryTracker VtMemoryTracker;

/* @fs must outlive it. */
VtMemoryTracker *vt_memory_tracker_new (const VtKernelFs *fs);
void vt_memory_tracker_free (VtMemoryTracker *tracker);

/*
 * Updates the tracker. @action: of the kernel's own event of a memory block.
 * Allocates memory only for a block that goes offline, and for each 8 GiB
 * beyond the first 512 GiB.
 * Returns: whether the held blocks changed, so that vt_memory_tracker_save() has something to write
 */
gboolean
vt_memory_tracker_handle_event (VtMemoryTracker *tracker, const char *action, guint64 index);

void vt_memory_tracker_hold (VtMemoryTracker *tracker, guint64 index);
void vt_memory_tracker_release (VtMemoryTracker *tracker, guint64 index);
void vt_memory_tracker_release_all (VtMemoryTracker *tracker);
/* A VtBlockFunc. @data: the VtMemoryTracker. */
gboolean vt_memory_tracker_is_held (guint64 index, gpointer data);
/* Writes the list of held blocks to its file if it has changed. */
void vt_memory_tracker_save (VtMemoryTracker *tracker);

/*
 * Records that a block is online, and returns what was known of it. For
 * VtSweepRequest. @data: the VtMemoryTracker.
 */
VtBlockHistory vt_memory_tracker_record_online (guint64 index, gpointer data);
/*
 * Ends the first scan. Until then an unknown block counts as present at start.
 * From then on an unknown block counts as plugged.
 */
void vt_memory_tracker_end_first_scan (VtMemoryTracker *tracker);

/* Returns: (transfer full): GArray of guint64: the blocks that took too long to go offline, the
 * longest known first */
GArray *vt_memory_tracker_list_slow (VtMemoryTracker *tracker);
/* @slow TRUE: moves the block to the end of the list. FALSE: removes it. */
void vt_memory_tracker_set_slow (VtMemoryTracker *tracker, guint64 index, gboolean slow);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtMemoryTracker, vt_memory_tracker_free)
