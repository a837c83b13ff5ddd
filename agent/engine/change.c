/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/engine/engine-private.h"

#include "agent/engine/matching.h"
#include "agent/engine/report.h"
#include "agent/engine/transaction.h"

typedef struct
{
  VtEngine *engine;
  VtActive *next; /* owned until stored */
} Commit;

static gboolean
commit_active (gpointer data, GError **error)
{
  Commit *commit = data;
  VtEngine *engine = commit->engine;

  if (!vt_active_equal (commit->next, engine->active)
      && !vt_active_save (commit->next, engine->folder, engine->boot_id, error))
    return FALSE;

  vt_engine_set_active (engine, g_steal_pointer (&commit->next));
  vt_attempts_reset (engine->attempts);
  return TRUE;
}

/* Carries @plan out until its time is over. */
static gboolean
run_on_trial (
    VtEngine *engine, VtPlan *plan, VtActive *next, guint64 id, guint seconds, GError **error)
{
  g_autoptr (VtActive) owned = next;
  g_autoptr (JsonObject) active = vt_active_to_json (next, engine->boot_id);
  const VtTrial trial = {
    .deadline = vt_engine_now (engine) + (gint64) seconds * G_USEC_PER_SEC,
    .active = active,
  };
  const VtTransaction transaction = {
    .system = engine->system,
    .journal = engine->journal,
    .items = plan->items,
    .id = id,
    .trial = &trial,
  };

  if (!vt_transaction_run (&transaction, error))
    return FALSE;

  vt_engine_set_trial (engine, g_steal_pointer (&owned), id, trial.deadline);
  return TRUE;
}

gboolean
vt_engine_run (VtEngine *engine,
               VtPlan *plan,
               gboolean lenient,
               VtActive *next,
               guint64 id,
               guint seconds,
               GError **error)
{
  Commit commit = { engine, next };
  VtTransaction transaction = {
    .system = engine->system,
    .journal = engine->journal,
    .items = plan->items,
    .id = id,
    .lenient = lenient,
    .back = next != NULL && vt_active_is_empty (next),
    .commit = next != NULL ? commit_active : NULL,
    .data = &commit,
  };
  g_autoptr (GError) fault = NULL;

  if (seconds > 0)
    return run_on_trial (engine, plan, next, id, seconds, error);
  if (vt_transaction_run (&transaction, &fault))
    return TRUE;

  if (next == NULL)
    vt_engine_owe (engine, fault);
  g_clear_pointer (&commit.next, vt_active_unref);
  g_propagate_error (error, g_steal_pointer (&fault));
  return FALSE;
}

/* What @settings name, whatever comes of it. May be NULL. */
static VtWants *
name_all (const VtSettings *settings)
{
  const VtLayer layer = { .source = "", .settings = settings };
  VtWants *wants;

  if (settings == NULL)
    return NULL;

  wants = vt_wants_new ();
  vt_wants_add (wants, &layer);
  return wants;
}

/* What @request comes to, and whether it may be. */
static gboolean
study_request (VtEngine *engine,
               VtStudy *study,
               const VtApplyRequest *request,
               const VtActive *next,
               GPtrArray *ignored,
               GError **error)
{
  g_autoptr (GPtrArray) gone = NULL;
  gboolean complete;

  vt_study_init (study, engine, NULL, NULL);
  gone = vt_matching_all (engine->journal, study->attributes);
  study->previous = vt_layers_stack_what_loads (&study->stack, &complete);

  study->stack.active = next;
  study->question.hints = next->hints;
  study->stack.request = request;
  study->stack.ignored = request->profile != NULL ? ignored : NULL;
  study->wants = vt_layers_stack (&study->stack, error);
  if (study->wants == NULL)
    return FALSE;

  study->named = name_all (request->settings);
  study->question.restore = TRUE;
  study->question.allow_absent = request->allow_absent;
  if (request->hints == NULL && (request->profile != NULL || request->settings != NULL))
    study->question.scope = VT_SCOPE_CHANGED;
  vt_study_plan (study);

  return vt_plan_check (study->plan, error);
}

gboolean
vt_engine_apply (VtEngine *engine, const VtApplyRequest *request, VtReport **ret, GError **error)
{
  g_autoptr (VtReport) report = vt_report_new ();
  g_autoptr (VtActive) next = NULL;
  g_auto (VtStudy) study = { NULL };

  if (!vt_engine_load (engine, error) || !vt_engine_check_idle (engine, error))
    return FALSE;

  next = vt_active_with (engine->active, request);
  if (!vt_active_check (next, error)
      || !study_request (engine, &study, request, next, report->ignored, error))
    return FALSE;

  report->dry_run = request->dry_run;
  if (!request->dry_run)
    {
      next->apply_id = report->apply_id = vt_journal_take_id (engine->journal);
      if (!vt_engine_run (engine, study.plan, FALSE, g_steal_pointer (&next), report->apply_id,
                          request->confirm_within, error))
        return FALSE;
    }

  vt_report_add_plan (report, study.plan, request->dry_run ? VT_REPORT_DRY_RUN : VT_REPORT_APPLY);
  *ret = g_steal_pointer (&report);
  return TRUE;
}

gboolean
vt_engine_rollback (VtEngine *engine, VtReport **ret, GError **error)
{
  g_autoptr (VtReport) report = vt_report_new ();
  g_autoptr (VtReport) undone = vt_report_new ();
  g_autoptr (VtActive) next = vt_active_new_rolled_back ();
  g_autoptr (GPtrArray) gone = NULL;
  g_auto (VtStudy) study = { NULL };
  gboolean was_on_trial;

  if (!vt_engine_load (engine, error))
    return FALSE;

  was_on_trial = engine->trial != NULL;
  if (!vt_engine_cancel_trial (engine, undone, error))
    return FALSE;

  vt_study_init (&study, engine, NULL, NULL);
  gone = vt_matching_all (engine->journal, study.attributes);

  study.stack.active = next;
  study.question.hints = next->hints;
  study.wants = vt_layers_stack (&study.stack, error);
  if (study.wants == NULL)
    return FALSE;

  study.question.restore = TRUE;
  study.question.ours_only = TRUE;
  vt_study_plan (&study);

  next->apply_id = report->apply_id = vt_journal_take_id (engine->journal);
  if (!vt_engine_run (engine, study.plan, TRUE, g_steal_pointer (&next), report->apply_id, 0,
                      error))
    {
      if (was_on_trial)
        g_prefix_error (error, "the apply on trial was undone, and nothing else: ");
      return FALSE;
    }

  vt_engine_owe_nothing (engine);
  vt_report_add_plan (report, study.plan, VT_REPORT_ROLLBACK);
  vt_report_add_gone (report, gone);
  vt_report_add_missing (report, undone);
  *ret = g_steal_pointer (&report);
  return TRUE;
}
