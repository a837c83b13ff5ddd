/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/engine/operations.h"

#include "agent/engine/matching.h"
#include "agent/engine/report.h"
#include "agent/engine/transaction.h"

/* The items that only the base policy wants; they stay the plan's. */
static GPtrArray *
collect_base_items (const VtPlan *plan)
{
  GPtrArray *items = g_ptr_array_new ();

  for (guint i = 0; i < plan->items->len; i++)
    {
      VtItem *item = g_ptr_array_index (plan->items, i);

      if (item->want != NULL && item->want->layer == 0)
        g_ptr_array_add (items, item);
    }

  return items;
}

/*
 * Memory that is plugged does not wait for the disk. A roll-back returns to the base policy, so
 * only removing the package needs the originals of its values: they are recorded when that is
 * possible again.
 */
static void
apply_base_policy (const VtContext *context)
{
  g_auto (VtPlanning) planning = { NULL };
  g_autoptr (GPtrArray) items = NULL;
  gboolean complete;

  if (context->base == NULL)
    return;

  vt_planning_init (&planning, context, NULL, NULL);
  planning.wants = vt_layers_stack (&planning.stack, &complete, NULL);
  planning.request.partial = TRUE;
  vt_planning_make_plan (&planning);

  items = collect_base_items (planning.plan);
  vt_transaction_run_unrecorded (context, items);
}

static gboolean
carry_out (const VtContext *context, VtPlanning *planning, gboolean early, GError **error)
{
  VtTransaction transaction = { .kind = VT_CHANGE_BY_AGENT, .lenient = TRUE };

  do
    {
      vt_planning_make_plan (planning);
      if (early)
        vt_planning_await_udev (planning, context);
      if (vt_transaction_run (context, &transaction, planning->plan, error))
        return TRUE;
    }
  while (vt_transaction_plan_anew (context, &transaction, planning, error));

  return FALSE;
}

gboolean
vt_run_start (const VtContext *context, gboolean early, VtReport *report, GError **error)
{
  g_autoptr (GPtrArray) gone = NULL;
  g_auto (VtPlanning) planning = { NULL };
  gboolean complete;

  vt_planning_init (&planning, context, NULL, NULL);
  gone = vt_matching_all (context->state, planning.attributes);
  planning.stack.ignored = report->ignored;
  planning.wants = vt_layers_stack (&planning.stack, &complete, NULL);
  planning.request.restore = complete;
  planning.request.refusals = NULL;

  if (!carry_out (context, &planning, early, error))
    {
      apply_base_policy (context);
      return FALSE;
    }

  vt_report_add_plan (report, planning.plan, VT_REPORT_APPLY);
  return TRUE;
}
