/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/hotplug/memory-watch.h"

#include <string.h>

/*
 * The kernel adds a device's blocks one after the other, and holds the lock of hot-plug over all of
 * them (mm/memory_hotplug.c, add_memory). A write to a block's state that meets the lock sleeps for
 * 5 ms and begins anew (drivers/base/core.c, lock_device_hotplug_sysfs): it is soonest done where
 * it comes behind the last block.
 */
#define SETTLED_AFTER   (2 * (gint64) 1000)  /* µs without another block */
#define SETTLED_AT_MOST (50 * (gint64) 1000) /* then the kernel's own wait is no worse */

struct VtMemoryWatch
{
  GMutex mutex;
  GCond changed;
  VtMemoryCounts counts;
  gint64 last_added; /* µs, as g_get_monotonic_time(); when the last block came */
};

VtMemoryWatch *
vt_memory_watch_new (void)
{
  VtMemoryWatch *watch = g_new0 (VtMemoryWatch, 1);

  g_mutex_init (&watch->mutex);
  g_cond_init (&watch->changed);
  watch->counts.lowest = G_MAXUINT64;
  return watch;
}

void
vt_memory_watch_free (VtMemoryWatch *watch)
{
  if (watch == NULL)
    return;

  g_cond_clear (&watch->changed);
  g_mutex_clear (&watch->mutex);
  g_free (watch);
}

void
vt_memory_watch_event (VtMemoryWatch *watch, const char *action, guint64 index)
{
  g_mutex_lock (&watch->mutex);
  if (action == NULL)
    watch->counts.lost++;
  else if (strcmp (action, "add") == 0)
    {
      watch->counts.added++;
      watch->last_added = g_get_monotonic_time ();
      watch->counts.lowest = MIN (watch->counts.lowest, index);
    }
  else if (strcmp (action, "online") == 0)
    watch->counts.online++;
  else if (strcmp (action, "offline") == 0 || strcmp (action, "remove") == 0)
    watch->counts.left++;
  g_cond_broadcast (&watch->changed);
  g_mutex_unlock (&watch->mutex);
}

void
vt_memory_watch_get (VtMemoryWatch *watch, VtMemoryCounts *ret)
{
  g_mutex_lock (&watch->mutex);
  *ret = watch->counts;
  watch->counts.lowest = G_MAXUINT64;
  g_mutex_unlock (&watch->mutex);
}

void
vt_memory_watch_settle (VtMemoryWatch *watch)
{
  gint64 now = g_get_monotonic_time ();
  gint64 most = now + SETTLED_AT_MOST;
  gint64 end;

  g_mutex_lock (&watch->mutex);
  while (now < (end = MIN (watch->last_added + SETTLED_AFTER, most)))
    {
      (void) g_cond_wait_until (&watch->changed, &watch->mutex, end);
      now = g_get_monotonic_time ();
    }
  g_mutex_unlock (&watch->mutex);
}

static gboolean
watch_is_over (const VtMemoryCounts *now,
               const VtMemoryCounts *since,
               gboolean by_kernel,
               guint64 n_online)
{
  return (!by_kernel && now->added != since->added) || now->lost != since->lost
         || now->online - since->online >= n_online;
}

gboolean
vt_memory_watch_wait (VtMemoryWatch *watch,
                      const VtMemoryCounts *since,
                      gboolean by_kernel,
                      guint64 n_online,
                      gint64 end)
{
  gboolean over;

  g_mutex_lock (&watch->mutex);
  do
    over = watch_is_over (&watch->counts, since, by_kernel, n_online);
  while (!over && g_cond_wait_until (&watch->changed, &watch->mutex, end));
  g_mutex_unlock (&watch->mutex);
  return over;
}
