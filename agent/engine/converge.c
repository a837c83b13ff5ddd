/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/engine/engine-private.h"

#include "agent/engine/matching.h"
#include "agent/engine/report.h"

/* What is evaluated anew is put right; what others insist on is told. */
static void
stand_down (VtEngine *engine, VtPlan *plan)
{
  for (guint i = 0; i < plan->items->len; i++)
    {
      VtItem *item = g_ptr_array_index (plan->items, i);
      const VtRecord *known = vt_journal_get (engine->journal, item->record->key);
      const gboolean anew
          = item->known && known != NULL && g_strcmp0 (known->wanted, item->record->wanted) != 0;

      if (item->verdict == VT_VERDICT_WRITE && !item->restores && !anew)
        item->verdict = VT_VERDICT_DRIFT;
    }
}

static gboolean
may_put_right (VtEngine *engine,
               const VtAttributes *attributes,
               const char *section,
               const char *device)
{
  const VtAttribute *first;

  if (device == NULL || attributes->list->len == 0)
    return TRUE;

  first = g_ptr_array_index (attributes->list, 0);
  return vt_attempts_take (engine->attempts, section, device, vt_attribute_identity (first));
}

gboolean
vt_engine_converge (
    VtEngine *engine, const char *section, const char *device, VtReport **ret, GError **error)
{
  g_autoptr (VtReport) report = vt_report_new ();
  g_auto (VtStudy) study = { NULL };
  gboolean complete;

  if (!vt_engine_load (engine, error))
    return FALSE;

  vt_study_init (&study, engine, section, device);
  if (section != NULL)
    vt_matching_some (engine->journal, study.attributes, section, device);

  study.wants = vt_layers_stack_what_loads (&study.stack, &complete);
  study.question.partial = TRUE;
  study.question.scope = section != NULL ? VT_SCOPE_ALL : VT_SCOPE_AUTOMATIC;
  vt_study_plan (&study);
  if (!may_put_right (engine, study.attributes, section, device))
    stand_down (engine, study.plan);

  if (!vt_engine_run (engine, study.plan, TRUE, NULL, 0, error))
    return FALSE;

  vt_report_add_plan (report, study.plan, VT_REPORT_APPLY);
  *ret = g_steal_pointer (&report);
  return TRUE;
}

void
vt_engine_forget (VtEngine *engine, const char *section, const char *device)
{
  g_autoptr (VtAttributes) attributes = NULL;
  g_autoptr (GError) fault = NULL;

  vt_attempts_forget (engine->attempts, section, device);
  if (!vt_engine_load (engine, &fault))
    return;

  /* Another may bear its name by now: only what is not there goes. */
  attributes = vt_attributes_enumerate (engine->tunables, engine->system, section, device);
  vt_matching_some (engine->journal, attributes, section, device);
  if (!vt_journal_settle (engine->journal, &fault))
    g_message ("%s", fault->message);
}
