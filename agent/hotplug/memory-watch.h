/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The kernel's word on memory blocks, counted, for whoever waits for some to
 * come: hot-plug tells it of events, a command on the worker's thread waits.
 * Counts are hints: a lost event is told as such, and the waiter looks for
 * himself. Safe from any thread; it allocates nothing.
 */

#include <glib.h>

typedef struct VtMemoryWatch VtMemoryWatch;

typedef struct
{
  guint64 added;  /* blocks that came */
  guint64 online; /* blocks that went online */
  guint64 left;   /* blocks that went offline, or away */
  guint64 lost;   /* times that events were lost */
  guint64 lowest; /* index, of those that came since it was last asked; G_MAXUINT64: none */
} VtMemoryCounts;

VtMemoryWatch *vt_memory_watch_new (void);
void vt_memory_watch_free (VtMemoryWatch *watch);

/* @action: of an event of the block @index; NULL: some were lost. */
void vt_memory_watch_event (VtMemoryWatch *watch, const char *action, guint64 index);

/* By one waiter alone: what it says is the lowest is told once. */
void vt_memory_watch_get (VtMemoryWatch *watch, VtMemoryCounts *ret);

/*
 * Waits until no block has come for a few milliseconds, a moment at most: from then on the kernel
 * is done with adding them, and takes writes to their states. Returns at once where none has come.
 */
void vt_memory_watch_settle (VtMemoryWatch *watch);

/*
 * Waits until @n_online blocks went online since @since, events were lost, or
 * a block came, which does not end it where the kernel itself brings online
 * what comes (@by_kernel).
 * @end: µs as g_get_monotonic_time().
 * Returns: FALSE where @end came first
 */
gboolean vt_memory_watch_wait (VtMemoryWatch *watch,
                               const VtMemoryCounts *since,
                               gboolean by_kernel,
                               guint64 n_online,
                               gint64 end);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtMemoryWatch, vt_memory_watch_free)
