/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/engine/engine-private.h"

#include "agent/engine/matching.h"
#include "agent/engine/report.h"
#include "agent/engine/transaction.h"
#include "protocol/error.h"

/* What only the base policy wants; the items stay the plan's. */
static GPtrArray *
collect_base (const VtPlan *plan)
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
 * The base policy is what a roll-back returns to: nobody needs its originals but who removes the
 * package, and memory that is plugged meanwhile does not wait. They are written down when they can
 * be.
 */
static void
put_base (VtEngine *engine)
{
  g_auto (VtStudy) study = { NULL };
  g_autoptr (GPtrArray) items = NULL;
  VtTransaction transaction = { .system = engine->system, .journal = engine->journal };
  gboolean complete;

  if (engine->base == NULL)
    return;

  vt_study_init (&study, engine, NULL, NULL);
  study.wants = vt_layers_stack_what_loads (&study.stack, &complete);
  study.question.partial = TRUE;
  vt_study_plan (&study);

  transaction.items = items = collect_base (study.plan);
  vt_transaction_run_unwritten (&transaction);
}

/* Makes what is active so, each attribute for itself. @early: udev's rules may be still to run. */
static gboolean
make_active (VtEngine *engine, gboolean early, VtReport *report, GError **error)
{
  g_autoptr (GPtrArray) gone = NULL;
  g_auto (VtStudy) study = { NULL };
  gboolean complete;

  vt_study_init (&study, engine, NULL, NULL);
  gone = vt_matching_all (engine->journal, study.attributes);

  study.stack.ignored = report->ignored;
  study.wants = vt_layers_stack_what_loads (&study.stack, &complete);
  study.question.restore = complete;
  vt_study_plan (&study);
  if (early)
    vt_engine_expect_rules (engine, study.plan);

  if (!vt_engine_run (engine, study.plan, TRUE, NULL, 0, 0, error))
    return FALSE;

  vt_report_add_plan (report, study.plan, VT_REPORT_APPLY);
  return TRUE;
}

/* FALSE: it is to be tried again. */
static gboolean
try_active (VtEngine *engine, gboolean early, VtReport *report, GError **error)
{
  g_autoptr (GError) fault = NULL;

  if (!vt_engine_load (engine, &fault))
    {
      vt_engine_owe (engine, fault);
      g_propagate_error (error, g_steal_pointer (&fault));
      return FALSE;
    }

  vt_report_add_ignored (report, engine->notes);
  g_ptr_array_set_size (engine->notes, 0);
  if (engine->trial != NULL)
    return TRUE;
  if (!make_active (engine, early, report, error))
    {
      put_base (engine);
      return FALSE;
    }

  vt_engine_owe_nothing (engine);
  return TRUE;
}

void
vt_engine_owe (VtEngine *engine, const GError *fault)
{
  engine->due = TRUE;
  g_free (engine->obstacle);
  engine->obstacle = g_strdup (fault->message);
}

void
vt_engine_owe_nothing (VtEngine *engine)
{
  engine->due = FALSE;
  g_clear_pointer (&engine->obstacle, g_free);
}

gboolean
vt_engine_start (VtEngine *engine, VtReport **ret, GError **error)
{
  g_autoptr (VtReport) report = vt_report_new ();
  g_autoptr (GPtrArray) warnings = NULL;

  engine->due = TRUE;
  if (!try_active (engine, TRUE, report, error))
    return FALSE;

  warnings = vt_engine_list_warnings (engine);
  vt_report_add_ignored (report, warnings);
  *ret = g_steal_pointer (&report);
  return TRUE;
}

void
vt_engine_catch_up (VtEngine *engine)
{
  g_autoptr (VtReport) report = NULL;
  g_autoptr (GError) fault = NULL;

  if (!engine->due || engine->trial != NULL)
    return;

  report = vt_report_new ();
  if (!try_active (engine, FALSE, report, &fault))
    return;

  if (engine->events.caught_up != NULL)
    engine->events.caught_up (report, engine->events.data);
}
