/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Counts the kernel's events about memory blocks, and lets a command wait for
 * the next ones. Hot-plug counts the events on the main context; a command on
 * the worker's thread waits. The counts are hints: if events were lost, that
 * is counted too, and the waiter must read the blocks itself. Safe from any
 * thread. It allocates no memory after vt_memory_events_new().
 */

#include <glib.h>

typedef struct VtMemoryEvents VtMemoryEvents;

typedef struct
{
  guint64 added;        /* blocks that were added */
  guint64 online;       /* blocks that went online */
  guint64 left;         /* blocks that went offline or were removed */
  guint64 lost;         /* times that events were lost */
  guint64 lowest_added; /* lowest index of the blocks added since the last
                           vt_memory_events_take_counts(); G_MAXUINT64: none */
} VtMemoryEventCounts;

VtMemoryEvents *vt_memory_events_new (void);
void vt_memory_events_free (VtMemoryEvents *events);

/* Counts an event of the block @index. @action NULL: events were lost; @index is ignored. */
void vt_memory_events_count (VtMemoryEvents *events, const char *action, guint64 index);

/* Returns the counts and resets lowest_added. For one waiter only. */
void vt_memory_events_take_counts (VtMemoryEvents *events, VtMemoryEventCounts *ret);

/*
 * Waits until no block was added for 2 ms, but at most 50 ms. After that the
 * kernel has finished adding blocks and accepts writes to their states.
 * Returns at once if no block was added recently.
 */
void vt_memory_events_wait_until_quiet (VtMemoryEvents *events);

/*
 * Waits until @n_online more blocks than in @since went online, until events
 * were lost, or until a block was added. With @by_kernel an added block does
 * not end the wait, because the kernel itself will bring it online.
 * @end: µs as g_get_monotonic_time().
 * Returns: FALSE if @end was reached
 */
gboolean vt_memory_events_wait (VtMemoryEvents *events,
                                const VtMemoryEventCounts *since,
                                gboolean by_kernel,
                                guint64 n_online,
                                gint64 end);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtMemoryEvents, vt_memory_events_free)
