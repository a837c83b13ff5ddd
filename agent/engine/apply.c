/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/engine/operations.h"

#include "agent/engine/matching.h"
#include "agent/engine/report.h"
#include "agent/engine/transaction.h"
#include "agent/tunables/disk-hint.h"

/* All that @settings name, whichever layer wins. @settings may be NULL. */
static VtWants *
list_named (const VtSettings *settings)
{
  const VtLayer layer = { .source = "", .settings = settings };
  VtWants *wants;

  if (settings == NULL)
    return NULL;

  wants = vt_wants_new ();
  vt_wants_add (wants, &layer);
  return wants;
}

/* Single settings can be changed also while the active profile cannot be loaded. */
static void
add_broken_profile (const VtStack *stack, GPtrArray *ignored)
{
  g_autoptr (GError) fault = NULL;

  if (!vt_layers_check (stack, &fault))
    g_ptr_array_add (ignored, g_strdup (fault->message));
}

/* What @request wants, beside what was wanted before. */
static gboolean
collect_wants (const VtContext *context,
               VtPlanning *planning,
               const VtApplyRequest *request,
               const VtActive *next,
               GPtrArray *ignored,
               GError **error)
{
  g_autoptr (GPtrArray) gone G_GNUC_UNUSED = vt_matching_all (context->state, planning->attributes);
  gboolean complete;

  planning->previous = vt_layers_stack (&planning->stack, &complete, NULL);
  planning->stack.active = next;
  planning->stack.request = request;
  planning->stack.ignored = request->profile != NULL ? ignored : NULL;
  planning->wants = vt_layers_stack (&planning->stack, &complete, error);
  if (planning->wants == NULL)
    return FALSE;

  planning->named = list_named (request->settings);
  planning->request.hints = next->hints;
  planning->request.restore = TRUE;
  planning->request.incomplete = !complete;
  add_broken_profile (&planning->stack, ignored);
  if (request->hints != NULL)
    vt_disk_hints_list_unused (context->system->fs, request->hints, ignored);
  planning->request.refusals = NULL;
  planning->request.allow_absent = request->allow_absent;
  if (request->hints == NULL && (request->profile != NULL || request->settings != NULL))
    planning->request.scope = VT_SCOPE_CHANGED;

  return TRUE;
}

static gboolean
carry_out (const VtContext *context,
           VtPlanning *planning,
           const VtApplyRequest *request,
           VtTransaction *transaction,
           GError **error)
{
  do
    {
      vt_planning_make_plan (planning);
      if (!vt_plan_check (planning->plan, error))
        return FALSE;
      if (request->dry_run || vt_transaction_run (context, transaction, planning->plan, error))
        return TRUE;
    }
  while (vt_transaction_plan_anew (context, transaction, planning, error));

  return FALSE;
}

static VtReportKind
get_report_kind (const VtApplyRequest *request, gboolean done)
{
  if (!done)
    return VT_REPORT_FAILED_APPLY;

  return request->dry_run ? VT_REPORT_DRY_RUN : VT_REPORT_APPLY;
}

gboolean
vt_run_apply (const VtContext *context,
              const VtApplyRequest *request,
              gint64 now,
              VtReport *report,
              GError **error)
{
  g_autoptr (VtActive) next = vt_active_with (vt_state_get_active (context->state), request);
  g_auto (VtPlanning) planning = { NULL };
  VtTransaction transaction = { .kind = VT_CHANGE_BY_HOST, .active = next };
  gboolean done;

  if (!vt_active_check (next, error))
    return FALSE;

  vt_planning_init (&planning, context, NULL, NULL);
  if (!collect_wants (context, &planning, request, next, report->ignored, error))
    return FALSE;

  report->dry_run = request->dry_run;
  if (!request->dry_run)
    report->apply_id = transaction.id = vt_state_take_id (context->state);
  if (request->confirm_within > 0)
    transaction.deadline = now + (gint64) request->confirm_within * G_USEC_PER_SEC;

  done = carry_out (context, &planning, request, &transaction, error);
  vt_report_add_plan (report, planning.plan, get_report_kind (request, done));
  if (done && !request->dry_run && transaction.deadline == 0)
    vt_drift_reset (context->drift);

  return done;
}
