/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/kernel/memory-sweep.h"

#include <string.h>

#define MOVABLE_POLICY "online_movable"
#define KERNEL_POLICY  "online_kernel"

typedef struct
{
  const VtKernelFs *fs;
  const VtSweepRequest *request;
  const char *written; /* to each offline block: the policy, or KERNEL_POLICY */
  guint64 allowance;   /* blocks that may get the policy; those beyond it get KERNEL_POLICY */
  VtSweepResult result;
} Sweep;

/* Without CONFIG_MEMORY_HOTREMOVE there is no valid_zones, and every zone counts as allowed. */
static gboolean
sweep_is_zone_allowed (const Sweep *sweep, guint64 index)
{
  char zones[VT_MEMORY_VALUE_MAX];

  return strcmp (sweep->request->policy, "online") == 0
         || vt_memory_block_read (sweep->fs, index, "valid_zones", zones) < 0
         || vt_memory_policy_allows_zone (sweep->request->policy, zones);
}

static VtBlockHistory
sweep_record_online (const Sweep *sweep, guint64 index)
{
  return sweep->request->record_online != NULL
             ? sweep->request->record_online (index, sweep->request->data)
             : VT_BLOCK_PRESENT_AT_START;
}

/* @raced: the block was offline a moment ago and somebody else brought it online. It then counts as
 * plugged, whatever its history is. */
static void
sweep_count_online (Sweep *sweep, guint64 index, gboolean raced)
{
  VtBlockHistory history = sweep_record_online (sweep, index);
  gboolean first = history == VT_BLOCK_PLUGGED_FIRST_SEEN || raced;

  sweep->result.online++;
  sweep->result.newly_plugged += first;
  if ((history == VT_BLOCK_PRESENT_AT_START && !raced) || sweep_is_zone_allowed (sweep, index))
    return;

  sweep->result.misplaced++;
  sweep->result.newly_misplaced += first;
}

/* The kernel returns EINVAL also for a block that is already online, so the state is read again. */
static void
sweep_count_failed (Sweep *sweep, guint64 index, int fault)
{
  gboolean online = FALSE;

  if (vt_memory_block_read_online (sweep->fs, index, &online) < 0)
    return;

  if (online)
    sweep_count_online (sweep, index, TRUE);
  else if (sweep->result.failed++ == 0)
    {
      sweep->result.first_failed = index;
      sweep->result.error = -fault;
    }
}

/* Blocks that were plugged after they were counted may exceed the allowance. */
static void
sweep_bring_online (Sweep *sweep, guint64 index)
{
  const char *written = sweep->result.onlined < sweep->allowance ? sweep->written : KERNEL_POLICY;
  int r = vt_memory_block_write (sweep->fs, index, written);

  if (r < 0)
    {
      sweep_count_failed (sweep, index, r);
      return;
    }

  (void) sweep_record_online (sweep, index);
  sweep->result.onlined++;
  if (written == sweep->request->policy)
    return;

  sweep->result.kernel_fallback++;
  sweep->result.misplaced++;
  sweep->result.newly_misplaced++;
}

static gboolean
sweep_one (guint64 index, gpointer data)
{
  Sweep *sweep = data;
  const VtSweepRequest *request = sweep->request;
  gboolean online = FALSE;

  if (index < request->from)
    sweep->result.online++;
  else if (vt_memory_block_read_online (sweep->fs, index, &online) < 0)
    return TRUE;
  else if (online)
    sweep_count_online (sweep, index, FALSE);
  else if (request->is_held != NULL && request->is_held (index, request->data))
    sweep->result.held++;
  else
    sweep_bring_online (sweep, index);
  return TRUE;
}

gboolean
vt_memory_sweep (const VtKernelFs *fs,
                 const VtSweepRequest *request,
                 VtSweepResult *ret,
                 GError **error)
{
  Sweep sweep
      = { .fs = fs, .request = request, .written = request->policy, .allowance = G_MAXUINT64 };

  if (strcmp (request->policy, MOVABLE_POLICY) == 0)
    {
      VtMovableMemory *movable = &sweep.result.movable;

      if (!vt_movable_memory_read (fs, request->is_held, request->data, movable, error))
        return FALSE;
      if (!request->forced)
        sweep.allowance = vt_movable_memory_get_allowance (movable);
      if (movable->offline > sweep.allowance)
        sweep.written = KERNEL_POLICY;
    }
  if (!vt_memory_blocks_each (fs, sweep_one, &sweep, error))
    return FALSE;

  *ret = sweep.result;
  return TRUE;
}

guint64
vt_sweep_result_count_online (const VtSweepResult *result)
{
  return (guint64) result->online + result->onlined;
}

/* Whether the movable memory exceeds auto_movable_ratio. This happens when the kernel itself
 * applies online_movable, which ignores the ratio. */
static gboolean
sweep_exceeds_ratio (const VtSweepResult *result)
{
  const VtMovableMemory *movable = &result->movable;

  return movable->movable > 0 && movable->movable * 100 > movable->kernel * movable->ratio;
}

char *
vt_sweep_result_describe_problem (const VtSweepResult *result, const char *policy)
{
  if (result->failed > 0)
    return g_strdup_printf ("%u blocks stay offline, the first is memory%" G_GUINT64_FORMAT ": %s",
                            result->failed, result->first_failed, g_strerror (result->error));
  if (result->kernel_fallback > 0)
    return g_strdup_printf ("%u blocks went to the kernel's zone and not to Movable: "
                            "auto_movable_ratio allows %" G_GUINT64_FORMAT
                            " %% of the %" G_GUINT64_FORMAT " that the kernel can use for itself",
                            result->kernel_fallback, result->movable.ratio, result->movable.kernel);
  if (result->newly_misplaced > 0)
    return g_strdup_printf ("%u blocks were brought online by others in a zone that %s does not "
                            "allow",
                            result->newly_misplaced, policy);
  if (result->newly_plugged > 0 && sweep_exceeds_ratio (result))
    return g_strdup_printf ("%" G_GUINT64_FORMAT " blocks are movable beside %" G_GUINT64_FORMAT
                            " that the kernel can use for itself, more than the %" G_GUINT64_FORMAT
                            " %% of auto_movable_ratio",
                            result->movable.movable, result->movable.kernel, result->movable.ratio);
  return NULL;
}
