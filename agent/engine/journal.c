/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/engine/journal.h"

#include "agent/engine/journal-private.h"
#include "protocol/error.h"

/* Of the file, but for a roll-back. What is made good again was begun in several parts, of which
 * each but the last had no before any more. */
#define MAX_BYTES      (VT_STORE_MAX / 3)
#define MAX_BYTES_GOOD (VT_STORE_MAX / 5 * 2)

static VtJournal *
journal_new (const char *folder, const char *boot_id)
{
  VtJournal *journal = g_new0 (VtJournal, 1);

  journal->folder = g_strdup (folder);
  journal->boot_id = g_strdup (boot_id);
  journal->records
      = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) vt_record_free);

  return journal;
}

static void
trial_clear (VtTrial *trial)
{
  g_clear_pointer (&trial->active, json_object_unref);
}

void
vt_journal_free (VtJournal *journal)
{
  trial_clear (&journal->trial);
  g_free (journal->folder);
  g_free (journal->boot_id);
  g_hash_table_unref (journal->records);
  g_clear_pointer (&journal->unfinished, g_ptr_array_unref);
  g_free (journal);
}

/* Nothing is known, or not any more. */
static VtJournal *
journal_new_empty (const char *folder, const char *boot_id)
{
  g_autoptr (GPtrArray) damaged = vt_store_list_damaged (folder, VT_JOURNAL_FILE);
  VtJournal *journal = journal_new (folder, boot_id);

  if (damaged->len > 0)
    journal->last_id = (guint64) (g_random_int () | 1) << 16;

  return journal;
}

VtJournal *
vt_journal_open (const char *folder, const char *boot_id, GError **error)
{
  g_autoptr (VtJournal) journal = journal_new (folder, boot_id);
  g_autoptr (JsonObject) content = NULL;
  g_autoptr (GError) fault = NULL;
  gboolean foreign = FALSE;

  if (!vt_store_load (folder, VT_JOURNAL_FILE, &content, error))
    return NULL;
  if (content == NULL)
    return journal_new_empty (folder, boot_id);

  if (!vt_journal_read (journal, content, &foreign, &fault))
    return vt_store_set_aside (folder, VT_JOURNAL_FILE, fault->message, error)
               ? journal_new_empty (folder, boot_id)
               : NULL;

  /* The values of another boot are gone with it: the file goes at the next write. */
  journal->differs = foreign;
  return g_steal_pointer (&journal);
}

GHashTable *
vt_journal_get_records (VtJournal *journal)
{
  return journal->records;
}

const VtRecord *
vt_journal_get (VtJournal *journal, const char *key)
{
  return g_hash_table_lookup (journal->records, key);
}

const GPtrArray *
vt_journal_get_unfinished (VtJournal *journal)
{
  return journal->unfinished;
}

guint64
vt_journal_get_unfinished_id (VtJournal *journal)
{
  return journal->unfinished_id;
}

const VtTrial *
vt_journal_get_trial (VtJournal *journal)
{
  return journal->trial.active != NULL ? &journal->trial : NULL;
}

guint64
vt_journal_take_id (VtJournal *journal)
{
  return ++journal->last_id;
}

void
vt_journal_skip_id (VtJournal *journal, guint64 id)
{
  journal->last_id = MAX (journal->last_id, id);
}

static gboolean
write_down (VtJournal *journal, VtStoreSync sync, GError **error)
{
  return vt_journal_write (journal, VT_STORE_MAX, sync, error);
}

/* Of copies. (transfer full) */
static GPtrArray *
copy_records (const GPtrArray *entries)
{
  GPtrArray *copies = g_ptr_array_new_with_free_func ((GDestroyNotify) vt_record_free);

  for (guint i = 0; i < entries->len; i++)
    g_ptr_array_add (copies, vt_record_copy (g_ptr_array_index (entries, i)));

  return copies;
}

/* How many attributes stand changed when @entries do too. */
static guint
count_with (VtJournal *journal, const GPtrArray *entries)
{
  guint count = g_hash_table_size (journal->records);

  for (guint i = 0; i < entries->len; i++)
    count += vt_journal_get (journal, ((VtRecord *) g_ptr_array_index (entries, i))->key) == NULL;

  return count;
}

static gboolean
begin_within (VtJournal *journal,
              guint64 id,
              const GPtrArray *entries,
              gsize max,
              VtStoreSync sync,
              GError **error)
{
  g_return_val_if_fail (journal->unfinished == NULL, FALSE);

  journal->unfinished = copy_records (entries);
  journal->unfinished_id = id;
  if (vt_journal_write (journal, max, sync, error))
    return TRUE;

  g_clear_pointer (&journal->unfinished, g_ptr_array_unref);
  return FALSE;
}

gboolean
vt_journal_begin (
    VtJournal *journal, guint64 id, const GPtrArray *entries, VtStoreSync sync, GError **error)
{
  if (count_with (journal, entries) > VT_JOURNAL_MAX)
    return vt_error_set (error, VT_ERROR_STATE, "the journal holds at most %d attributes",
                         VT_JOURNAL_MAX);

  return begin_within (journal, id, entries, sync == VT_STORE_DURABLE ? MAX_BYTES : MAX_BYTES_GOOD,
                       sync, error);
}

gboolean
vt_journal_begin_back (
    VtJournal *journal, guint64 id, const GPtrArray *entries, VtStoreSync sync, GError **error)
{
  return begin_within (journal, id, entries, VT_STORE_MAX, sync, error);
}

gboolean
vt_journal_await (VtJournal *journal,
                  const GPtrArray *entries,
                  const VtTrial *trial,
                  GError **error)
{
  g_return_val_if_fail (journal->unfinished != NULL && journal->trial.active == NULL, FALSE);

  g_ptr_array_unref (journal->unfinished);
  journal->unfinished = copy_records (entries);
  journal->trial = *trial;
  json_object_ref (journal->trial.active);
  if (write_down (journal, VT_STORE_DURABLE, error))
    return TRUE;

  trial_clear (&journal->trial);
  return FALSE;
}

gboolean
vt_journal_cancel (VtJournal *journal, GError **error)
{
  VtTrial trial = journal->trial;

  journal->trial.active = NULL;
  if (write_down (journal, VT_STORE_DURABLE, error))
    {
      trial_clear (&trial);
      return TRUE;
    }

  journal->trial = trial;
  return FALSE;
}

void
vt_journal_put (VtJournal *journal, const VtRecord *record)
{
  const VtRecord *old = vt_journal_get (journal, record->key);
  VtRecord *copy;

  if (old != NULL && g_strcmp0 (old->wanted, record->wanted) == 0
      && g_str_equal (old->original, record->original)
      && g_str_equal (old->identity, record->identity))
    return;

  copy = vt_record_copy (record);
  g_clear_pointer (&copy->before, g_free);
  g_hash_table_replace (journal->records, copy->key, copy);
  journal->differs = TRUE;
}

void
vt_journal_drop (VtJournal *journal, const char *key)
{
  if (g_hash_table_remove (journal->records, key))
    journal->differs = TRUE;
}

gboolean
vt_journal_settle (VtJournal *journal, GError **error)
{
  if (journal->unfinished != NULL)
    journal->behind = journal->differs = TRUE;
  g_clear_pointer (&journal->unfinished, g_ptr_array_unref);
  trial_clear (&journal->trial);

  return !journal->differs || write_down (journal, VT_STORE_WHOLE, error);
}

gboolean
vt_journal_is_behind (const VtJournal *journal)
{
  return journal->behind;
}
