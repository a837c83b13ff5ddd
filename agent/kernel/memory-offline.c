/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/kernel/memory-offline.h"

#include <errno.h>
#include <string.h>

#include "agent/kernel/alarm.h"
#include "agent/kernel/memory-blocks.h"
#include "agent/kernel/memory-map.h"

typedef struct
{
  const VtKernelFs *fs;
  const VtOfflineWish *wish;
  VtOfflined result;
} Offlining;

static gboolean
offline_is_over (const Offlining *work)
{
  return work->result.offlined >= work->wish->n || g_get_monotonic_time () >= work->wish->end
         || vt_alarm_has_rung (work->wish->alarm);
}

int
vt_memory_offline_one (const VtKernelFs *fs, guint64 index, VtAlarm *alarm, gint64 end)
{
  g_autoptr (GError) error = NULL;
  int r;

  if (!vt_alarm_set (alarm, MIN (end, g_get_monotonic_time () + VT_MEMORY_PATIENCE), &error))
    {
      g_debug ("memory%" G_GUINT64_FORMAT " is left alone: %s", index, error->message);
      return -EINTR;
    }

  r = vt_memory_block_set (fs, index, FALSE, "offline");
  vt_alarm_unset (alarm);
  return r;
}

/* The kernel gives EINTR to whom a signal met, and EBUSY for what can't be moved. */
static void
offline_one (Offlining *work, guint64 index)
{
  const VtOfflineWish *wish = work->wish;
  int r = vt_memory_offline_one (work->fs, index, wish->alarm, wish->end);

  if (r == 0)
    work->result.offlined++;
  else if (r == -EINTR)
    work->result.late++;
  else if (r != -ENOENT && r != -ENODEV)
    work->result.refused++;
  if (wish->tell != NULL)
    wish->tell (index, r, wish->data);
}

static gboolean
offline_was_late (const Offlining *work, guint64 index)
{
  const GArray *late = work->wish->late;

  for (guint i = 0; late != NULL && i < late->len; i++)
    if (g_array_index (late, guint64, i) == index)
      return TRUE;
  return FALSE;
}

static gboolean
offline_is_movable (const VtMemorySpan *span)
{
  return strcmp (span->zones, "Movable") == 0;
}

static void
offline_zone (Offlining *work, const GArray *map, gboolean movable)
{
  for (guint i = map->len; i-- > 0 && !offline_is_over (work);)
    {
      const VtMemorySpan *span = &g_array_index (map, VtMemorySpan, i);

      if (strcmp (span->state, "online") != 0 || offline_is_movable (span) != movable)
        continue;
      for (guint64 at = span->last + 1; at-- > span->first && !offline_is_over (work);)
        if (!offline_was_late (work, at))
          offline_one (work, at);
    }
}

static const VtMemorySpan *
offline_find (const GArray *map, guint64 index)
{
  for (guint i = 0; i < map->len; i++)
    {
      const VtMemorySpan *span = &g_array_index (map, VtMemorySpan, i);

      if (span->first <= index && index <= span->last)
        return span;
    }
  return NULL;
}

static void
offline_late (Offlining *work, const GArray *map)
{
  const GArray *late = work->wish->late;

  for (guint i = 0; late != NULL && i < late->len && !offline_is_over (work); i++)
    {
      guint64 index = g_array_index (late, guint64, i);
      const VtMemorySpan *span = offline_find (map, index);

      if (span != NULL && strcmp (span->state, "online") == 0
          && (offline_is_movable (span) || !work->wish->movable_only))
        offline_one (work, index);
    }
}

static guint
offline_count_unfinished (const VtKernelFs *fs)
{
  g_autoptr (GArray) map = vt_memory_map_list (fs, NULL);
  guint n = 0;

  for (guint i = 0; map != NULL && i < map->len; i++)
    {
      const VtMemorySpan *span = &g_array_index (map, VtMemorySpan, i);

      if (strcmp (span->state, "going-offline") == 0)
        n += (guint) (span->last - span->first + 1);
    }
  return n;
}

gboolean
vt_memory_offline (const VtKernelFs *fs, const VtOfflineWish *wish, VtOfflined *ret, GError **error)
{
  g_autoptr (GArray) map = vt_memory_map_list (fs, error);
  Offlining work = { .fs = fs, .wish = wish };

  if (map == NULL)
    return FALSE;

  offline_zone (&work, map, TRUE);
  if (!wish->movable_only)
    offline_zone (&work, map, FALSE);
  offline_late (&work, map);
  work.result.unfinished = offline_count_unfinished (fs);
  *ret = work.result;
  return TRUE;
}
