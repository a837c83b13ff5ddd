/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/engine/operations.h"

#include "agent/engine/matching.h"
#include "agent/engine/report.h"
#include "agent/engine/transaction.h"

/* What is done with a device's values that others have changed since the agent wrote them. */
typedef enum
{
  KEEP, /* the others' values: they were written again before, so this is drift */
  REAPPLY,
  REAPPLY_AND_ADOPT_ORIGINAL, /* udev's rules made the change: it is what the device has without
                               * the agent */
} DriftAction;

/* Whether the agent has written the very value before, and the plan writes it again. */
static gboolean
is_repeated (const VtContext *context, const VtItem *item)
{
  const VtRecord *record = vt_state_get_record (context->state, item->record->key);

  return item->verdict == VT_VERDICT_WRITE && item->known && !item->restores && record != NULL
         && g_strcmp0 (record->wanted, item->record->wanted) == 0;
}

/* One action for all of a device's values. @actions: device → DriftAction, as decided so far. */
static DriftAction
get_action (const VtContext *context, const VtAttribute *attribute, GHashTable *actions)
{
  gboolean by_udev = FALSE;
  DriftAction action = KEEP;
  gpointer known;

  if (g_hash_table_lookup_extended (actions, attribute->device, NULL, &known))
    return GPOINTER_TO_INT (known);

  if (vt_drift_may_reapply (context->drift, attribute->section, attribute->device,
                            vt_attribute_identity (attribute), &by_udev))
    action = by_udev ? REAPPLY_AND_ADOPT_ORIGINAL : REAPPLY;
  g_hash_table_insert (actions, attribute->device, GINT_TO_POINTER (action));

  return action;
}

static void
resolve_drift (const VtContext *context, VtItem *item, GHashTable *actions)
{
  VtRecord *record = item->record;

  switch (get_action (context, item->attribute, actions))
    {
    case KEEP:
      item->verdict = VT_VERDICT_DRIFT;
      return;
    case REAPPLY_AND_ADOPT_ORIGINAL:
      g_free (record->original);
      record->original = g_strdup (record->before);
      return;
    case REAPPLY:
    default:
      return;
    }
}

static void
resolve_all_drift (const VtContext *context, const VtPlan *plan, GHashTable *actions)
{
  for (guint i = 0; i < plan->items->len; i++)
    {
      VtItem *item = g_ptr_array_index (plan->items, i);

      if (item->attribute != NULL && item->attribute->device != NULL && is_repeated (context, item))
        resolve_drift (context, item, actions);
    }
}

static gboolean
carry_out (const VtContext *context,
           VtPlanning *planning,
           gboolean of_devices,
           gboolean early,
           GError **error)
{
  g_autoptr (GHashTable) actions = g_hash_table_new (g_str_hash, g_str_equal);
  VtTransaction transaction = { .kind = VT_CHANGE_BY_AGENT, .lenient = TRUE };

  do
    {
      vt_planning_make_plan (planning);
      if (of_devices)
        resolve_all_drift (context, planning->plan, actions);
      if (early)
        vt_planning_await_udev (planning, context);
      if (vt_transaction_run (context, &transaction, planning->plan, error))
        return TRUE;
    }
  while (vt_transaction_plan_anew (context, &transaction, planning, error));

  return FALSE;
}

gboolean
vt_run_converge (const VtContext *context,
                 const char *section,
                 const char *device,
                 gboolean early,
                 VtReport *report,
                 GError **error)
{
  g_auto (VtPlanning) planning = { NULL };
  gboolean complete, done;

  vt_planning_init (&planning, context, section, device);
  if (section != NULL)
    vt_matching_some (context->state, planning.attributes, section, device);

  planning.wants = vt_layers_stack (&planning.stack, &complete, NULL);
  planning.request.partial = TRUE;
  planning.request.refusals = NULL;
  planning.request.scope = section != NULL ? VT_SCOPE_ALL : VT_SCOPE_AUTOMATIC;
  done = carry_out (context, &planning, section != NULL, early, error);
  if (section != NULL && !early)
    vt_drift_udev_done (context->drift, section, device);
  if (!done)
    return FALSE;

  vt_report_add_plan (report, planning.plan, VT_REPORT_APPLY);
  return TRUE;
}

void
vt_run_forget (const VtContext *context, const char *section, const char *device)
{
  g_autoptr (VtAttributes) attributes = NULL;
  g_autoptr (GError) fault = NULL;

  /* Another device may have the name by now: only the records of what is not there are dropped. */
  attributes = vt_attributes_enumerate (context->tunables, context->system, section, device);
  vt_matching_some (context->state, attributes, section, device);
  if (!vt_state_flush (context->state, &fault))
    g_message ("%s", fault->message);
}
