/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/engine/transaction.h"

#include "agent/engine/misfits.h"
#include "agent/engine/outcome.h"
#include "agent/engine/report.h"
#include "agent/engine/writer.h"
#include "protocol/error.h"

/* Channels may be refused first, then XPS that depends on them, then interrupt affinity. */
#define MAX_RUNS 4

/*
 * The records of what takes part in the writing; they stay the items'. @all_known: also of what has
 * its value already. A provisional apply needs them: its records are settled when it is confirmed,
 * and the plan is gone by then.
 */
static GPtrArray *
collect_entries (const GPtrArray *items, gboolean all_known)
{
  GPtrArray *entries = g_ptr_array_new ();

  for (guint i = 0; i < items->len; i++)
    {
      const VtItem *item = g_ptr_array_index (items, i);

      if (vt_item_is_entry (item) || (all_known && item->known && item->verdict == VT_VERDICT_KEEP))
        g_ptr_array_add (entries, item->record);
    }

  return entries;
}

/* Nothing is lost by a failure but time: the next record says it, or the next start undoes the
 * change and makes it anew. */
static void
record_end (const VtContext *context, gboolean undone, const VtRecordChanges *changes)
{
  g_autoptr (GError) fault = NULL;

  if (undone ? !vt_state_undo (context->state, changes, &fault)
             : !vt_state_commit (context->state, changes, NULL, &fault))
    g_message ("%s", fault->message);
}

static void
record_undone (const VtContext *context, const GPtrArray *items)
{
  g_autoptr (VtRecordChanges) changes
      = vt_outcome_of_undone (items, vt_state_get_records (context->state));

  if (vt_state_get_change (context->state) != NULL)
    record_end (context, TRUE, changes);
}

/* Always FALSE. Takes @fault. */
static gboolean
undo (const VtContext *context, const VtPlan *plan, GError *fault, GError **error)
{
  g_autofree char *stuck = vt_write_back (plan->items, context->system);

  record_undone (context, plan->items);

  if (stuck != NULL)
    vt_error_set (error, (VtErrorCode) fault->code,
                  "%s; everything else has its value from before, but these could not be put "
                  "back: %s",
                  fault->message, stuck);
  else
    vt_error_set (error, (VtErrorCode) fault->code, "%s; everything has its value from before",
                  fault->message);

  g_error_free (fault);
  return FALSE;
}

/* Remembers what devices refused, and took. FALSE: other items depend on such a value, and were
 * planned as if it held; or every device refused what the request wants of a pattern. */
static gboolean
note_refusals (const VtContext *context,
               VtTransaction *transaction,
               const GPtrArray *items,
               GError **error)
{
  const VtItem *first = NULL;

  for (guint i = 0; i < items->len; i++)
    {
      const VtItem *item = g_ptr_array_index (items, i);

      if (item->outcome == VT_OUTCOME_DONE)
        vt_refusals_drop (context->refusals, item->attribute);
      if (item->outcome != VT_OUTCOME_REFUSED)
        continue;
      vt_refusals_add (context->refusals, item->attribute, item->record->wanted, item->reason);
      if (first == NULL && item->attribute->disturbs != NULL)
        first = item;
    }

  transaction->refused = first != NULL && !transaction->accept_refusals;
  if (!transaction->refused)
    first = vt_misfits_find_refused (items);

  return first == NULL
         || vt_error_set (error, VT_ERROR_APPLY_FAILED, "%s: %s", first->record->key,
                          first->reason);
}

static gboolean
begin (const VtContext *context,
       const VtTransaction *transaction,
       const VtPlan *plan,
       GError **error)
{
  g_autoptr (GPtrArray) entries = collect_entries (plan->items, transaction->deadline != 0);

  if (entries->len == 0 && transaction->deadline == 0 && !vt_state_is_behind (context->state))
    return TRUE;

  return vt_state_begin (context->state, transaction->kind, transaction->id, entries, error);
}

static gboolean
hold (const VtContext *context,
      const VtTransaction *transaction,
      const VtPlan *plan,
      GError **error)
{
  g_autoptr (GPtrArray) entries = collect_entries (plan->items, TRUE);

  return vt_state_hold (context->state, entries, transaction->active, transaction->deadline, error);
}

static gboolean
commit (const VtContext *context,
        const VtTransaction *transaction,
        const VtPlan *plan,
        GError **error)
{
  g_autoptr (VtRecordChanges) changes
      = vt_outcome_of_items (plan->items, vt_state_get_records (context->state));

  if (transaction->active != NULL)
    return vt_state_commit (context->state, changes, transaction->active, error);

  record_end (context, FALSE, changes);
  return TRUE;
}

gboolean
vt_transaction_run (const VtContext *context,
                    VtTransaction *transaction,
                    const VtPlan *plan,
                    GError **error)
{
  GError *fault = NULL;

  transaction->runs++;
  transaction->refused = FALSE;
  if (!begin (context, transaction, plan, error))
    return FALSE;

  if (!vt_write_items (plan->items, context->system, transaction->lenient, &fault)
      || !note_refusals (context, transaction, plan->items, &fault))
    return undo (context, plan, fault, error);

  if (transaction->deadline != 0 ? !hold (context, transaction, plan, &fault)
                                 : !commit (context, transaction, plan, &fault))
    return undo (context, plan, fault, error);

  return TRUE;
}

gboolean
vt_transaction_plan_anew (const VtContext *context,
                          VtTransaction *transaction,
                          VtPlanning *planning,
                          GError **error)
{
  if (!transaction->refused)
    return FALSE;

  planning->request.refusals = context->refusals;
  transaction->accept_refusals = transaction->runs + 1 >= MAX_RUNS;
  g_clear_error (error);
  return TRUE;
}

void
vt_transaction_run_unrecorded (const VtContext *context, const GPtrArray *items)
{
  gboolean done G_GNUC_UNUSED = vt_write_items (items, context->system, TRUE, NULL);
  g_autoptr (VtRecordChanges) changes
      = vt_outcome_of_items (items, vt_state_get_records (context->state));

  record_end (context, FALSE, changes);
}

/* An item for each entry of the change under way whose very device is there. */
static GPtrArray *
find_items (const VtContext *context, const VtAttributes *attributes)
{
  const GPtrArray *entries = vt_state_get_change (context->state)->entries;
  GPtrArray *items = g_ptr_array_new_with_free_func ((GDestroyNotify) vt_item_free);

  for (guint i = 0; i < entries->len; i++)
    {
      const VtRecord *record = g_ptr_array_index (entries, i);
      const VtAttribute *attribute
          = vt_attributes_find_identity (attributes, record->key, record->identity);
      VtItem *item;

      if (attribute == NULL)
        continue;

      item = vt_item_new (attribute, NULL, NULL, VT_VERDICT_WRITE);
      vt_record_free (item->record);
      item->record = vt_record_new (attribute->key, record->identity, record->original,
                                    record->before, record->wanted);
      g_ptr_array_add (items, item);
    }

  g_ptr_array_sort (items, vt_item_compare);
  return items;
}

gboolean
vt_transaction_confirm (const VtContext *context, GError **error)
{
  g_autoptr (VtAttributes) attributes
      = vt_attributes_enumerate (context->tunables, context->system, NULL, NULL);
  g_autoptr (GPtrArray) items = find_items (context, attributes);
  g_autoptr (VtProvisional) provisional = vt_state_get_provisional (context->state);
  g_autoptr (VtRecordChanges) changes = NULL;

  for (guint i = 0; i < items->len; i++)
    ((VtItem *) g_ptr_array_index (items, i))->outcome = VT_OUTCOME_DONE;

  changes = vt_outcome_of_items (items, vt_state_get_records (context->state));
  return vt_state_commit (context->state, changes, provisional->active, error);
}

void
vt_transaction_undo_unfinished (const VtContext *context, VtReport *report, GPtrArray *notes)
{
  g_autoptr (VtAttributes) attributes = NULL;
  g_autoptr (GPtrArray) items = NULL;
  g_autofree char *stuck = NULL;

  if (vt_state_get_change (context->state) == NULL)
    return;

  attributes = vt_attributes_enumerate (context->tunables, context->system, NULL, NULL);
  items = find_items (context, attributes);
  vt_outcome_exclude_others (items, context->system);
  stuck = vt_write_back (items, context->system);
  if (stuck != NULL)
    g_ptr_array_add (notes,
                     g_strdup_printf ("an unfinished change could not be undone: %s", stuck));
  if (report != NULL)
    vt_report_add_undone (report, items, context->system);

  record_undone (context, items);
}
