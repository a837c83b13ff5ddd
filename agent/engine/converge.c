/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/engine/engine-private.h"

#include "agent/engine/matching.h"
#include "agent/engine/report.h"

/* Whether what we have written, others have changed, and the plan writes again. */
static gboolean
is_repeated (VtEngine *engine, const VtItem *item)
{
  const VtRecord *record = vt_journal_get (engine->journal, item->record->key);

  return item->verdict == VT_VERDICT_WRITE && item->known && !item->restores && record != NULL
         && g_strcmp0 (record->wanted, item->record->wanted) == 0;
}

/* What becomes of the values of a device that others have changed. */
typedef enum
{
  LEFT, /* to them: they were put right before */
  PUT_RIGHT,
  PUT_RIGHT_EARLY, /* and theirs is the original: what the device has without us */
} Answer;

/* The same for all of @attribute's device. */
static Answer
answer_for (VtEngine *engine, const VtAttribute *attribute, GHashTable *answers)
{
  const char *device = attribute->device;
  gboolean early = FALSE;
  Answer answer = LEFT;
  gpointer known;

  if (g_hash_table_lookup_extended (answers, device, NULL, &known))
    return GPOINTER_TO_INT (known);

  if (vt_attempts_take (engine->attempts, attribute->section, device,
                        vt_attribute_identity (attribute), &early))
    answer = early ? PUT_RIGHT_EARLY : PUT_RIGHT;
  g_hash_table_insert (answers, (gpointer) device, GINT_TO_POINTER (answer));

  return answer;
}

static void
answer_others (VtEngine *engine, VtItem *item, GHashTable *answers)
{
  VtRecord *record = item->record;

  switch (answer_for (engine, item->attribute, answers))
    {
    case LEFT:
      item->verdict = VT_VERDICT_DRIFT;
      return;
    case PUT_RIGHT_EARLY:
      g_free (record->original);
      record->original = g_strdup (record->before);
      return;
    case PUT_RIGHT:
    default:
      return;
    }
}

/* What comes first, or is evaluated anew, is written; what others insist on is told. */
static void
heed_others (VtEngine *engine, VtPlan *plan)
{
  g_autoptr (GHashTable) answers = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < plan->items->len; i++)
    {
      VtItem *item = g_ptr_array_index (plan->items, i);

      if (item->attribute != NULL && item->attribute->device != NULL && is_repeated (engine, item))
        answer_others (engine, item, answers);
    }
}

void
vt_engine_expect_rules (VtEngine *engine, const VtPlan *plan)
{
  for (guint i = 0; i < plan->items->len; i++)
    {
      const VtItem *item = g_ptr_array_index (plan->items, i);
      const VtAttribute *attribute = item->attribute;

      if (item->verdict == VT_VERDICT_WRITE && attribute->device != NULL
          && vt_journal_get (engine->journal, attribute->key) == NULL)
        vt_attempts_begin (engine->attempts, attribute->section, attribute->device,
                           vt_attribute_identity (attribute));
    }
}

gboolean
vt_engine_converge (VtEngine *engine,
                    const char *section,
                    const char *device,
                    gboolean early,
                    VtReport **ret,
                    GError **error)
{
  g_autoptr (VtReport) report = vt_report_new ();
  g_auto (VtStudy) study = { NULL };
  gboolean complete;

  if (!vt_engine_load (engine, error) || !vt_engine_check_idle (engine, error))
    return FALSE;

  vt_study_init (&study, engine, section, device);
  if (section != NULL)
    vt_matching_some (engine->journal, study.attributes, section, device);

  study.wants = vt_layers_stack_what_loads (&study.stack, &complete);
  study.question.partial = TRUE;
  study.question.scope = section != NULL ? VT_SCOPE_ALL : VT_SCOPE_AUTOMATIC;
  vt_study_plan (&study);
  if (section != NULL)
    heed_others (engine, study.plan);
  if (early)
    vt_engine_expect_rules (engine, study.plan);
  else if (section != NULL)
    vt_attempts_settle (engine->attempts, section, device);

  if (!vt_engine_run (engine, study.plan, TRUE, NULL, 0, 0, error))
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
  if (!vt_engine_load (engine, &fault) || engine->trial != NULL)
    return;

  /* Another may bear its name by now: only what is not there goes. */
  attributes = vt_attributes_enumerate (engine->tunables, engine->system, section, device);
  vt_matching_some (engine->journal, attributes, section, device);
  if (!vt_journal_settle (engine->journal, &fault))
    g_message ("%s", fault->message);
}
