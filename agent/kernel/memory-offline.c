/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/kernel/memory-offline.h"

#include <errno.h>
#include <string.h>

#include "agent/kernel/memory-blocks.h"
#include "agent/kernel/memory-map.h"
#include "agent/kernel/syscall-timeout.h"

typedef struct
{
  const VtKernelFs *fs;
  const VtOfflineRequest *request;
  VtOfflineResult result;
} Offlining;

static gboolean
offline_must_end (const Offlining *work)
{
  return work->result.offlined >= work->request->n_blocks
         || g_get_monotonic_time () >= work->request->end
         || vt_syscall_timeout_is_cancelled (work->request->timeout);
}

int
vt_memory_offline_block (const VtKernelFs *fs, guint64 index, VtSyscallTimeout *timeout, gint64 end)
{
  g_autoptr (GError) error = NULL;
  int r;

  if (!vt_syscall_timeout_start (
          timeout, MIN (end, g_get_monotonic_time () + VT_MEMORY_OFFLINE_TIMEOUT), &error))
    {
      g_debug ("memory%" G_GUINT64_FORMAT " is not taken offline: %s", index, error->message);
      return -EINTR;
    }

  r = vt_memory_block_set (fs, index, FALSE, "offline");
  vt_syscall_timeout_stop (timeout);
  return r;
}

/* The kernel returns EINTR if a signal interrupted the write, and EBUSY if the pages can't be
 * moved. */
static void
offline_one (Offlining *work, guint64 index)
{
  const VtOfflineRequest *request = work->request;
  int r = vt_memory_offline_block (work->fs, index, request->timeout, request->end);

  if (r == 0)
    work->result.offlined++;
  else if (r == -EINTR)
    work->result.timed_out++;
  else if (r != -ENOENT && r != -ENODEV)
    work->result.refused++;
  if (request->on_tried != NULL)
    request->on_tried (index, r, request->data);
}

static gboolean
offline_was_slow (const Offlining *work, guint64 index)
{
  const GArray *slow = work->request->slow;

  for (guint i = 0; slow != NULL && i < slow->len; i++)
    if (g_array_index (slow, guint64, i) == index)
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
  for (guint i = map->len; i-- > 0 && !offline_must_end (work);)
    {
      const VtMemorySpan *span = &g_array_index (map, VtMemorySpan, i);

      if (strcmp (span->state, "online") != 0 || offline_is_movable (span) != movable)
        continue;
      for (guint64 at = span->last + 1; at-- > span->first && !offline_must_end (work);)
        if (!offline_was_slow (work, at))
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
offline_slow (Offlining *work, const GArray *map)
{
  const GArray *slow = work->request->slow;

  for (guint i = 0; slow != NULL && i < slow->len && !offline_must_end (work); i++)
    {
      guint64 index = g_array_index (slow, guint64, i);
      const VtMemorySpan *span = offline_find (map, index);

      if (span != NULL && strcmp (span->state, "online") == 0
          && (offline_is_movable (span) || !work->request->movable_only))
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
vt_memory_offline_blocks (const VtKernelFs *fs,
                          const VtOfflineRequest *request,
                          VtOfflineResult *ret,
                          GError **error)
{
  g_autoptr (GArray) map = vt_memory_map_list (fs, error);
  Offlining work = { .fs = fs, .request = request };

  if (map == NULL)
    return FALSE;

  offline_zone (&work, map, TRUE);
  if (!request->movable_only)
    offline_zone (&work, map, FALSE);
  offline_slow (&work, map);
  work.result.unfinished = offline_count_unfinished (fs);
  *ret = work.result;
  return TRUE;
}
