/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/engine/transaction.h"

#include "agent/engine/apply.h"
#include "protocol/error.h"

static gboolean
is_original (const VtItem *item)
{
  return vt_attribute_equal (item->attribute, item->record->wanted, item->record->original);
}

/* What came of each item goes into the journal's records. */
static void
record_outcome (VtJournal *journal, const VtItem *item)
{
  const VtRecord *record = item->record;

  if (item->attribute == NULL || record->original == NULL)
    return;

  if (item->verdict == VT_VERDICT_OTHERS)
    vt_journal_drop (journal, record->key);
  else if (record->wanted == NULL || item->outcome == VT_OUTCOME_FAILED
           || item->verdict == VT_VERDICT_DRIFT)
    return;
  else if (is_original (item) && item->attribute->counterpart == NULL)
    vt_journal_drop (journal, record->key);
  else if (item->known || vt_item_is_entry (item))
    vt_journal_put (journal, record);
}

static gboolean
is_back (VtJournal *journal, const char *key)
{
  const VtRecord *record = vt_journal_get (journal, key);

  return record == NULL || g_str_equal (record->wanted, record->original);
}

/* A pair has its originals together, until both are back. */
static void
drop_pair_if_back (VtJournal *journal, const VtItem *item)
{
  const VtAttribute *attribute = item->attribute;

  if (attribute == NULL || attribute->counterpart == NULL || !is_back (journal, attribute->key)
      || !is_back (journal, attribute->counterpart))
    return;

  vt_journal_drop (journal, attribute->key);
  vt_journal_drop (journal, attribute->counterpart);
}

static void
settle (VtJournal *journal, const GPtrArray *items)
{
  g_autoptr (GError) fault = NULL;

  for (guint i = 0; i < items->len; i++)
    record_outcome (journal, g_ptr_array_index (items, i));
  for (guint i = 0; i < items->len; i++)
    drop_pair_if_back (journal, g_ptr_array_index (items, i));

  /* The next write of the journal says it, or the next start undoes the
   * change and makes it anew: nothing is lost but time. */
  if (!vt_journal_settle (journal, &fault))
    g_message ("%s", fault->message);
}

/* After a failure only what could not be put back has changed. */
static void
settle_undone (VtJournal *journal, const GPtrArray *items)
{
  g_autoptr (GPtrArray) stuck = g_ptr_array_new ();

  for (guint i = 0; i < items->len; i++)
    {
      VtItem *item = g_ptr_array_index (items, i);

      if (item->outcome == VT_OUTCOME_STUCK)
        g_ptr_array_add (stuck, item);
    }

  settle (journal, stuck);
}

/* Always FALSE. */
static gboolean
undo (const VtTransaction *transaction, GError *fault, GError **error)
{
  g_autofree char *stuck = vt_apply_back (transaction->items, transaction->system);

  settle_undone (transaction->journal, transaction->items);

  if (stuck != NULL)
    vt_error_set (error, (VtErrorCode) fault->code,
                  "%s; all else is as before, but this could not be put back: %s", fault->message,
                  stuck);
  else
    vt_error_set (error, (VtErrorCode) fault->code, "%s; everything is back as it was",
                  fault->message);

  g_error_free (fault);
  return FALSE;
}

/*
 * The records of what takes part in the writing; they stay the items'. On
 * trial (@all_known) also of what is so already: it is recorded when the
 * trial ends, and nobody knows of the plan then.
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

/*
 * A change that makes good what is active already, at start or on hot-plug, is as good as new after
 * a reset: the kernel has its own values then, and the originals are void. They only have to
 * outlive the agent, and a device that has just come waits for the disk no more than it must.
 */
static VtStoreSync
sync_of (const VtTransaction *transaction)
{
  return transaction->commit != NULL || transaction->trial != NULL ? VT_STORE_DURABLE
                                                                   : VT_STORE_WHOLE;
}

static gboolean
begin (const VtTransaction *transaction, const GPtrArray *entries, GError **error)
{
  const VtStoreSync sync = sync_of (transaction);

  return transaction->back
             ? vt_journal_begin_back (transaction->journal, transaction->id, entries, sync, error)
             : vt_journal_begin (transaction->journal, transaction->id, entries, sync, error);
}

gboolean
vt_transaction_run (const VtTransaction *transaction, GError **error)
{
  const VtTrial *trial = transaction->trial;
  g_autoptr (GPtrArray) entries = collect_entries (transaction->items, trial != NULL);
  GError *fault = NULL;

  if ((entries->len > 0 || trial != NULL || vt_journal_is_behind (transaction->journal))
      && !begin (transaction, entries, error))
    return FALSE;

  if (!vt_apply_forward (transaction->items, transaction->system, transaction->lenient, &fault))
    return undo (transaction, fault, error);

  if (trial != NULL)
    return vt_journal_await (transaction->journal, entries, trial, &fault)
           || undo (transaction, fault, error);

  if (transaction->commit != NULL && !transaction->commit (transaction->data, &fault))
    return undo (transaction, fault, error);

  settle (transaction->journal, transaction->items);
  return TRUE;
}

void
vt_transaction_run_unwritten (const VtTransaction *transaction)
{
  gboolean done G_GNUC_UNUSED
      = vt_apply_forward (transaction->items, transaction->system, TRUE, NULL);

  settle (transaction->journal, transaction->items);
}

/* Whether another entry's write may have changed @attribute. */
static gboolean
is_shaken (const GPtrArray *items, const VtAttribute *attribute)
{
  for (guint i = 0; i < items->len; i++)
    {
      const VtAttribute *other = ((const VtItem *) g_ptr_array_index (items, i))->attribute;

      if (g_strcmp0 (other->counterpart, attribute->key) == 0
          || (other->disturbs != NULL
              && g_strv_contains ((const char *const *) other->disturbs, attribute->key)))
        return TRUE;
    }

  return FALSE;
}

/* Whether what is there can only be the begun change's doing. */
static gboolean
is_unfinished (const GPtrArray *items, const VtItem *item, const VtSystem *system)
{
  const VtRecord *record = item->record;
  g_autofree char *actual = item->attribute->ops->read (item->attribute, system, NULL);

  if (actual == NULL)
    return FALSE;

  return record->wanted == NULL || is_shaken (items, item->attribute)
         || vt_attribute_equal (item->attribute, actual, record->wanted)
         || vt_attribute_equal (item->attribute, actual, record->before);
}

/* An item for each entry whose very device is there. */
static GPtrArray *
find_items (const GPtrArray *entries, const VtAttributes *attributes)
{
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

void
vt_transaction_finish (VtJournal *journal, const VtAttributes *attributes)
{
  g_autoptr (GPtrArray) items = find_items (vt_journal_get_unfinished (journal), attributes);

  for (guint i = 0; i < items->len; i++)
    {
      VtItem *item = g_ptr_array_index (items, i);

      item->outcome = VT_OUTCOME_DONE;
    }

  settle (journal, items);
}

void
vt_transaction_recover (VtJournal *journal,
                        const VtAttributes *attributes,
                        const VtSystem *system,
                        GPtrArray *notes)
{
  const GPtrArray *entries = vt_journal_get_unfinished (journal);
  g_autoptr (GPtrArray) items = NULL;
  g_autofree char *stuck = NULL;

  if (entries == NULL)
    return;

  g_message ("a change was begun and not finished: undoing it");
  items = find_items (entries, attributes);
  for (guint i = 0; i < items->len; i++)
    {
      VtItem *item = g_ptr_array_index (items, i);

      if (!is_unfinished (items, item, system))
        item->verdict = VT_VERDICT_OTHERS;
    }

  stuck = vt_apply_back (items, system);
  if (stuck != NULL)
    g_ptr_array_add (notes,
                     g_strdup_printf ("an unfinished change could not be undone: %s", stuck));

  settle_undone (journal, items);
}
