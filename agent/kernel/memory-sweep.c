/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/kernel/memory-sweep.h"

#include <string.h>

#define MOVABLE_WORD "online_movable"
#define KERNEL_WORD  "online_kernel"

typedef struct
{
  const VtKernelFs *fs;
  const VtSweepWish *wish;
  const char *word; /* that is written */
  VtSweep result;
} Sweep;

/* Without CONFIG_MEMORY_HOTREMOVE there is no valid_zones: nothing to object to. */
static gboolean
sweep_is_placed (const Sweep *sweep, guint64 index)
{
  char zones[VT_MEMORY_VALUE_MAX];

  return strcmp (sweep->wish->word, "online") == 0
         || vt_memory_block_read (sweep->fs, index, "valid_zones", zones) < 0
         || vt_memory_zone_fits (zones, sweep->wish->word);
}

static VtMeeting
sweep_meet (const Sweep *sweep, guint64 index)
{
  return sweep->wish->meet != NULL ? sweep->wish->meet (index, sweep->wish->data) : VT_MEETING_OLD;
}

/* @raced: it was offline just now, and somebody else was faster: it is not old whatever is known.
 */
static void
sweep_found_online (Sweep *sweep, guint64 index, gboolean raced)
{
  VtMeeting meeting = sweep_meet (sweep, index);
  gboolean first = meeting == VT_MEETING_NEW || raced;

  sweep->result.online++;
  sweep->result.came += first;
  if ((meeting == VT_MEETING_OLD && !raced) || sweep_is_placed (sweep, index))
    return;

  sweep->result.misplaced++;
  sweep->result.strayed += first;
}

/* The kernel answers EINVAL for a block that is online already: only its state tells. */
static void
sweep_failed (Sweep *sweep, guint64 index, int fault)
{
  gboolean online = FALSE;

  if (vt_memory_block_read_online (sweep->fs, index, &online) < 0)
    return;

  if (online)
    sweep_found_online (sweep, index, TRUE);
  else if (sweep->result.failed++ == 0)
    {
      sweep->result.first_failed = index;
      sweep->result.error = -fault;
    }
}

static void
sweep_bring_online (Sweep *sweep, guint64 index)
{
  int r = vt_memory_block_write (sweep->fs, index, sweep->word);

  if (r < 0)
    {
      sweep_failed (sweep, index, r);
      return;
    }

  (void) sweep_meet (sweep, index);
  sweep->result.onlined++;
  if (sweep->word == sweep->wish->word)
    return;

  sweep->result.degraded++;
  sweep->result.misplaced++;
  sweep->result.strayed++;
}

static gboolean
sweep_one (guint64 index, gpointer data)
{
  Sweep *sweep = data;
  const VtSweepWish *wish = sweep->wish;
  gboolean online = FALSE;

  if (index < wish->from)
    sweep->result.online++;
  else if (vt_memory_block_read_online (sweep->fs, index, &online) < 0)
    return TRUE;
  else if (online)
    sweep_found_online (sweep, index, FALSE);
  else if (wish->held != NULL && wish->held (index, wish->data))
    sweep->result.held++;
  else
    sweep_bring_online (sweep, index);
  return TRUE;
}

gboolean
vt_memory_sweep (const VtKernelFs *fs, const VtSweepWish *wish, VtSweep *ret, GError **error)
{
  Sweep sweep = { .fs = fs, .wish = wish, .word = wish->word };

  if (strcmp (wish->word, MOVABLE_WORD) == 0)
    {
      VtMovable *movable = &sweep.result.movable;

      if (!vt_movable_count (fs, wish->held, wish->data, movable, error))
        return FALSE;
      if (!wish->forced && movable->offline > vt_movable_room (movable))
        sweep.word = KERNEL_WORD;
    }
  if (!vt_memory_blocks_each (fs, sweep_one, &sweep, error))
    return FALSE;

  *ret = sweep.result;
  return TRUE;
}

guint64
vt_sweep_count_online (const VtSweep *sweep)
{
  return (guint64) sweep->online + sweep->onlined;
}

/* The kernel does online_movable to whatever comes, and asks for no ratio. */
static gboolean
sweep_is_beyond (const VtSweep *sweep)
{
  const VtMovable *movable = &sweep->movable;

  return movable->movable > 0 && movable->movable * 100 > movable->kernel * movable->ratio;
}

char *
vt_sweep_get_fault (const VtSweep *sweep, const char *word)
{
  if (sweep->failed > 0)
    return g_strdup_printf ("%u blocks stay offline, the first is memory%" G_GUINT64_FORMAT ": %s",
                            sweep->failed, sweep->first_failed, g_strerror (sweep->error));
  if (sweep->degraded > 0)
    return g_strdup_printf ("%u blocks went to the kernel's zone and not to Movable, for "
                            "auto_movable_ratio allows %" G_GUINT64_FORMAT
                            " %% of the %" G_GUINT64_FORMAT " that the kernel can use for itself",
                            sweep->degraded, sweep->movable.ratio, sweep->movable.kernel);
  if (sweep->strayed > 0)
    return g_strdup_printf ("%u blocks were brought online by others in a zone that %s does not "
                            "allow",
                            sweep->strayed, word);
  if (sweep->came > 0 && sweep_is_beyond (sweep))
    return g_strdup_printf ("%" G_GUINT64_FORMAT " blocks are movable beside %" G_GUINT64_FORMAT
                            " that the kernel can use for itself, more than the %" G_GUINT64_FORMAT
                            " %% of auto_movable_ratio",
                            sweep->movable.movable, sweep->movable.kernel, sweep->movable.ratio);
  return NULL;
}
