/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/hotplug/memory-events.h"

#include <string.h>

/*
 * The kernel adds the blocks of a device one by one and holds the hot-plug lock until the last one
 * (mm/memory_hotplug.c, add_memory). A write to a block's state that finds the lock taken sleeps
 * for 5 ms and starts again (drivers/base/core.c, lock_device_hotplug_sysfs). So it is faster to
 * write after the last block was added.
 */
#define QUIET_TIME (2 * (gint64) 1000) /* µs without another block */
#define QUIET_WAIT_MAX                                                                             \
  (50 * (gint64) 1000) /* µs; a longer wait gains nothing over the kernel's own */

struct VtMemoryEvents
{
  GMutex mutex;
  GCond changed;
  VtMemoryEventCounts counts;
  gint64 last_added; /* time of the last "add"; µs as g_get_monotonic_time() */
};

VtMemoryEvents *
vt_memory_events_new (void)
{
  VtMemoryEvents *events = g_new0 (VtMemoryEvents, 1);

  g_mutex_init (&events->mutex);
  g_cond_init (&events->changed);
  events->counts.lowest_added = G_MAXUINT64;
  return events;
}

void
vt_memory_events_free (VtMemoryEvents *events)
{
  if (events == NULL)
    return;

  g_cond_clear (&events->changed);
  g_mutex_clear (&events->mutex);
  g_free (events);
}

void
vt_memory_events_count (VtMemoryEvents *events, const char *action, guint64 index)
{
  g_mutex_lock (&events->mutex);
  if (action == NULL)
    events->counts.lost++;
  else if (strcmp (action, "add") == 0)
    {
      events->counts.added++;
      events->last_added = g_get_monotonic_time ();
      events->counts.lowest_added = MIN (events->counts.lowest_added, index);
    }
  else if (strcmp (action, "online") == 0)
    events->counts.online++;
  else if (strcmp (action, "offline") == 0 || strcmp (action, "remove") == 0)
    events->counts.left++;
  g_cond_broadcast (&events->changed);
  g_mutex_unlock (&events->mutex);
}

void
vt_memory_events_take_counts (VtMemoryEvents *events, VtMemoryEventCounts *ret)
{
  g_mutex_lock (&events->mutex);
  *ret = events->counts;
  events->counts.lowest_added = G_MAXUINT64;
  g_mutex_unlock (&events->mutex);
}

void
vt_memory_events_wait_until_quiet (VtMemoryEvents *events)
{
  gint64 now = g_get_monotonic_time ();
  gint64 limit = now + QUIET_WAIT_MAX;
  gint64 end;

  g_mutex_lock (&events->mutex);
  while (now < (end = MIN (events->last_added + QUIET_TIME, limit)))
    {
      (void) g_cond_wait_until (&events->changed, &events->mutex, end);
      now = g_get_monotonic_time ();
    }
  g_mutex_unlock (&events->mutex);
}

static gboolean
wait_is_over (const VtMemoryEventCounts *now,
              const VtMemoryEventCounts *since,
              gboolean by_kernel,
              guint64 n_online)
{
  return (!by_kernel && now->added != since->added) || now->lost != since->lost
         || now->online - since->online >= n_online;
}

gboolean
vt_memory_events_wait (VtMemoryEvents *events,
                       const VtMemoryEventCounts *since,
                       gboolean by_kernel,
                       guint64 n_online,
                       gint64 end)
{
  gboolean over;

  g_mutex_lock (&events->mutex);
  do
    over = wait_is_over (&events->counts, since, by_kernel, n_online);
  while (!over && g_cond_wait_until (&events->changed, &events->mutex, end));
  g_mutex_unlock (&events->mutex);
  return over;
}
