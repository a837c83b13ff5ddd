/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/hotplug/held.h"

#include <string.h>

#include "agent/kernel/memory-blocks.h"

/* Beyond that nobody holds single blocks; 512 GiB of the smallest blocks. */
#define HELD_MAX 4096

struct VtHeldBlocks
{
  GMutex mutex;
  GArray *blocks; /* of guint64, in no order; seldom more than a DIMM's */
};

VtHeldBlocks *
vt_held_blocks_new (void)
{
  VtHeldBlocks *held = g_new0 (VtHeldBlocks, 1);

  g_mutex_init (&held->mutex);
  held->blocks = g_array_new (FALSE, FALSE, sizeof (guint64));
  return held;
}

void
vt_held_blocks_free (VtHeldBlocks *held)
{
  if (held == NULL)
    return;

  g_array_unref (held->blocks);
  g_mutex_clear (&held->mutex);
  g_free (held);
}

static gboolean
held_find (const VtHeldBlocks *held, guint64 index, guint *ret_at)
{
  for (guint i = 0; i < held->blocks->len; i++)
    {
      if (g_array_index (held->blocks, guint64, i) != index)
        continue;
      *ret_at = i;
      return TRUE;
    }
  return FALSE;
}

void
vt_held_blocks_event (VtHeldBlocks *held, const char *action, const char *sysname)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&held->mutex);
  gboolean offline = strcmp (action, "offline") == 0;
  guint64 index;
  guint at;

  if (!vt_memory_block_parse (sysname, &index))
    return;

  if (held_find (held, index, &at))
    {
      if (!offline)
        g_array_remove_index_fast (held->blocks, at);
    }
  else if (offline && held->blocks->len < HELD_MAX)
    g_array_append_val (held->blocks, index);
}

gboolean
vt_held_blocks_contains (guint64 index, gpointer data)
{
  VtHeldBlocks *held = data;
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&held->mutex);
  guint at;

  return held_find (held, index, &at);
}
