/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/kernel/memory-offline.h"

#include <errno.h>
#include <string.h>

#include "agent/kernel/alarm.h"
#include "agent/kernel/memory-blocks.h"
#include "agent/kernel/memory-map.h"

/* One block that does not move must not take the time of all. */
#define BLOCK_PATIENCE (3 * G_USEC_PER_SEC)

typedef struct
{
  const VtKernelFs *fs;
  guint64 n;
  gint64 end;
  VtOfflined result;
  GError *error;
} Offlining;

static gboolean
offline_is_over (const Offlining *work)
{
  return work->error != NULL || work->result.offlined >= work->n
         || g_get_monotonic_time () >= work->end;
}

/* The kernel gives EINTR to whom a signal met, and EBUSY for what can't be moved. */
static void
offline_one (Offlining *work, guint64 index)
{
  gint64 end = MIN (work->end, g_get_monotonic_time () + BLOCK_PATIENCE);
  g_autoptr (VtAlarm) alarm = vt_alarm_new (end, &work->error);
  int r;

  if (alarm == NULL)
    return;

  r = vt_memory_block_set (work->fs, index, FALSE, "offline");
  if (r == 0)
    work->result.offlined++;
  else if (r == -EINTR)
    work->result.late++;
  else if (r != -ENOENT && r != -ENODEV)
    work->result.refused++;
}

static void
offline_zone (Offlining *work, const GArray *map, gboolean movable)
{
  for (guint i = map->len; i-- > 0 && !offline_is_over (work);)
    {
      const VtMemorySpan *span = &g_array_index (map, VtMemorySpan, i);

      if (strcmp (span->state, "online") != 0 || (strcmp (span->zones, "Movable") == 0) != movable)
        continue;
      for (guint64 at = span->last + 1; at-- > span->first && !offline_is_over (work);)
        offline_one (work, at);
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
vt_memory_offline (const VtKernelFs *fs,
                   guint64 n,
                   gboolean movable_only,
                   gint64 end,
                   VtOfflined *ret,
                   GError **error)
{
  g_autoptr (GArray) map = vt_memory_map_list (fs, error);
  Offlining work = { .fs = fs, .n = n, .end = end };

  if (map == NULL)
    return FALSE;

  offline_zone (&work, map, TRUE);
  if (!movable_only)
    offline_zone (&work, map, FALSE);
  if (work.error != NULL && work.result.offlined == 0)
    {
      g_propagate_error (error, work.error);
      return FALSE;
    }

  g_clear_error (&work.error);
  work.result.unfinished = offline_count_unfinished (fs);
  *ret = work.result;
  return TRUE;
}
