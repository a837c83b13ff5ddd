/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/engine/operations.h"

#include "agent/engine/matching.h"
#include "agent/engine/report.h"
#include "agent/engine/transaction.h"

/* Undoes the provisional apply, if there is one. FALSE (VT_ERROR_STATE): it still is provisional.
 */
static gboolean
cancel_provisional (const VtContext *context, VtReport *undone, GError **error)
{
  g_autoptr (VtProvisional) provisional = vt_state_get_provisional (context->state);
  g_autoptr (GPtrArray) notes = g_ptr_array_new_with_free_func (g_free);

  if (provisional == NULL)
    return TRUE;
  if (!vt_state_cancel (context->state, error))
    return FALSE;

  vt_transaction_undo_unfinished (context, undone, notes);
  vt_drift_reset (context->drift);
  for (guint i = 0; i < notes->len; i++)
    g_message ("%s", (const char *) g_ptr_array_index (notes, i));

  return TRUE;
}

static gboolean
restore_originals (const VtContext *context, VtReport *report, GError **error)
{
  g_autoptr (VtActive) next = vt_active_new_rolled_back ();
  g_autoptr (GPtrArray) gone = NULL;
  g_auto (VtPlanning) planning = { NULL };
  gboolean complete;
  VtTransaction transaction = {
    .kind = VT_CHANGE_ROLLBACK,
    .lenient = TRUE,
    .accept_refusals = TRUE,
    .active = next,
  };

  vt_planning_init (&planning, context, NULL, NULL);
  gone = vt_matching_all (context->state, planning.attributes);
  planning.stack.active = next;
  planning.request.hints = next->hints;
  planning.wants = vt_layers_stack (&planning.stack, &complete, NULL);
  planning.request.restore = TRUE;
  planning.request.ours_only = TRUE;
  vt_planning_make_plan (&planning);

  report->apply_id = transaction.id = vt_state_take_id (context->state);
  if (!vt_transaction_run (context, &transaction, planning.plan, error))
    return FALSE;

  vt_report_add_plan (report, planning.plan, VT_REPORT_ROLLBACK);
  vt_report_add_gone (report, gone);
  return TRUE;
}

gboolean
vt_run_rollback (const VtContext *context, VtReport *report, GError **error)
{
  g_autoptr (VtProvisional) provisional = vt_state_get_provisional (context->state);
  g_autoptr (VtReport) undone = vt_report_new ();

  if (!cancel_provisional (context, undone, error))
    return FALSE;
  if (!restore_originals (context, report, error))
    {
      if (provisional != NULL)
        g_prefix_error (error, "the provisional apply was undone, and nothing else: ");
      return FALSE;
    }

  vt_drift_reset (context->drift);
  vt_report_add_missing (report, undone);
  return TRUE;
}
