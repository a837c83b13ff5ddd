/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/hotplug/memory-tracker.h"

#include <string.h>

#include "agent/hotplug/persistent-list.h"
#include "agent/kernel/block-set.h"

#define HELD_FILE "/run/virt-tune-memory-held"
#define BLOCKS    "/sys/devices/system/memory/memory"

/* Blocks in the list of slow ones. Further blocks are treated as if they were not slow. */
#define SLOW_MAX 1024

struct VtMemoryTracker
{
  const VtKernelFs *fs;
  GMutex mutex;
  VtPersistentList *held;
  VtBlockSet *plugged; /* while the agent ran */
  VtBlockSet *seen_online;
  gboolean first_scan_ended;
  GArray *slow; /* of guint64 */
};

VtMemoryTracker *
vt_memory_tracker_new (const VtKernelFs *fs)
{
  VtMemoryTracker *tracker = g_new0 (VtMemoryTracker, 1);

  g_mutex_init (&tracker->mutex);
  tracker->fs = fs;
  tracker->held = vt_persistent_list_new (vt_kernel_fs_get_root (fs), HELD_FILE, BLOCKS);
  tracker->plugged = vt_block_set_new ();
  tracker->seen_online = vt_block_set_new ();
  tracker->slow = g_array_new (FALSE, FALSE, sizeof (guint64));
  return tracker;
}

void
vt_memory_tracker_free (VtMemoryTracker *tracker)
{
  if (tracker == NULL)
    return;

  vt_persistent_list_free (tracker->held);
  vt_block_set_free (tracker->plugged);
  vt_block_set_free (tracker->seen_online);
  g_array_unref (tracker->slow);
  g_mutex_clear (&tracker->mutex);
  g_free (tracker);
}

/* Reads the state, because it may have changed after the event. */
static gboolean
tracker_is_online (const VtMemoryTracker *tracker, guint64 index)
{
  gboolean online = FALSE;

  return vt_memory_block_read_online (tracker->fs, index, &online) == 0 && online;
}

gboolean
vt_memory_tracker_handle_event (VtMemoryTracker *tracker, const char *action, guint64 index)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&tracker->mutex);

  /* A sweep may already have seen the new block online, so @seen_online is not cleared here. The
   * "remove" event of a previous block with this index cleared it. */
  if (strcmp (action, "add") == 0)
    vt_block_set_add (tracker->plugged, index);
  else if (strcmp (action, "remove") == 0)
    {
      vt_block_set_remove (tracker->plugged, index);
      vt_block_set_remove (tracker->seen_online, index);
      vt_persistent_list_remove (tracker->held, index);
    }
  else if (strcmp (action, "offline") == 0 && !tracker_is_online (tracker, index))
    vt_persistent_list_add (tracker->held, index);
  else if (strcmp (action, "online") == 0 && vt_persistent_list_contains (tracker->held, index)
           && tracker_is_online (tracker, index))
    vt_persistent_list_remove (tracker->held, index);
  return vt_persistent_list_is_changed (tracker->held);
}

void
vt_memory_tracker_hold (VtMemoryTracker *tracker, guint64 index)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&tracker->mutex);

  vt_persistent_list_add (tracker->held, index);
}

void
vt_memory_tracker_release (VtMemoryTracker *tracker, guint64 index)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&tracker->mutex);

  vt_persistent_list_remove (tracker->held, index);
}

void
vt_memory_tracker_release_all (VtMemoryTracker *tracker)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&tracker->mutex);

  vt_persistent_list_clear (tracker->held);
}

gboolean
vt_memory_tracker_is_held (guint64 index, gpointer data)
{
  VtMemoryTracker *tracker = data;
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&tracker->mutex);

  return vt_persistent_list_contains (tracker->held, index);
}

void
vt_memory_tracker_save (VtMemoryTracker *tracker)
{
  g_autofree char *text = NULL;

  g_mutex_lock (&tracker->mutex);
  text = vt_persistent_list_take_text (tracker->held);
  g_mutex_unlock (&tracker->mutex);

  /* The file is written without the lock, so that events need not wait. */
  if (text != NULL)
    vt_persistent_list_write (tracker->held, text);
}

VtBlockHistory
vt_memory_tracker_record_online (guint64 index, gpointer data)
{
  VtMemoryTracker *tracker = data;
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&tracker->mutex);
  gboolean seen = vt_block_set_contains (tracker->seen_online, index);
  gboolean plugged = vt_block_set_contains (tracker->plugged, index);

  if (!seen)
    vt_block_set_add (tracker->seen_online, index);
  if (!seen && !plugged && tracker->first_scan_ended)
    {
      vt_block_set_add (tracker->plugged, index);
      plugged = TRUE;
    }

  if (!plugged)
    return VT_BLOCK_PRESENT_AT_START;
  return seen ? VT_BLOCK_PLUGGED_SEEN_BEFORE : VT_BLOCK_PLUGGED_FIRST_SEEN;
}

void
vt_memory_tracker_end_first_scan (VtMemoryTracker *tracker)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&tracker->mutex);

  tracker->first_scan_ended = TRUE;
}

GArray *
vt_memory_tracker_list_slow (VtMemoryTracker *tracker)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&tracker->mutex);

  return g_array_copy (tracker->slow);
}

void
vt_memory_tracker_set_slow (VtMemoryTracker *tracker, guint64 index, gboolean slow)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&tracker->mutex);

  for (guint i = 0; i < tracker->slow->len; i++)
    if (g_array_index (tracker->slow, guint64, i) == index)
      g_array_remove_index (tracker->slow, i--);
  if (slow && tracker->slow->len < SLOW_MAX)
    g_array_append_val (tracker->slow, index);
}
