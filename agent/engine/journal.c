/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/engine/journal.h"

#include "protocol/error.h"
#include "protocol/json.h"

struct VtJournal
{
  char *folder;
  char *boot_id;
  GHashTable *records;   /* key → VtRecord */
  GPtrArray *unfinished; /* of VtRecord; NULL: nothing is under way */
  guint64 unfinished_id;
  VtTrial trial; /* of the unfinished; active NULL: it is on none */
  guint64 last_id;
  gboolean differs; /* from what is on disk */
  gboolean behind;  /* on disk a change is under way that is over */
};

#define MAX_ID ((gint64) 1 << 53) /* integers of JSON are whole up to there */
#define MAX_READ                                                                                   \
  (2 * VT_JOURNAL_MAX)               /* records; what a roll-back has beside the records is less   \
                                      */
#define MAX_BYTES (VT_STORE_MAX / 3) /* of the file, but for a roll-back */

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

/* Of VtRecord. (transfer full) */
static GPtrArray *
read_records (JsonArray *array, GError **error)
{
  g_autoptr (GPtrArray) records = g_ptr_array_new_with_free_func ((GDestroyNotify) vt_record_free);
  guint n = json_array_get_length (array);

  if (n > MAX_READ)
    {
      vt_error_set (error, VT_ERROR_INVALID_ARGUMENT, "%u records are too many", n);
      return NULL;
    }

  for (guint i = 0; i < n; i++)
    {
      VtRecord *record = vt_record_from_json (json_array_get_element (array, i), error);

      if (record == NULL)
        return NULL;

      g_ptr_array_add (records, record);
    }

  return g_steal_pointer (&records);
}

static gboolean
read_trial (VtJournal *journal, JsonObject *object, GError **error)
{
  VtTrial trial = { 0 };

  if (!vt_json_get_int (object, "deadline", TRUE, &trial.deadline, error)
      || !vt_json_get_object (object, "active", TRUE, &trial.active, error))
    return FALSE;

  journal->trial = trial;
  json_object_ref (journal->trial.active);
  return TRUE;
}

static gboolean
read_unfinished (VtJournal *journal, JsonObject *object, GError **error)
{
  g_autoptr (GPtrArray) entries = NULL;
  JsonArray *array = NULL;
  JsonObject *trial = NULL;
  gint64 id = 0;

  if (!vt_json_get_int (object, "id", TRUE, &id, error)
      || !vt_json_get_array (object, "entries", TRUE, &array, error)
      || !vt_json_get_object (object, "trial", FALSE, &trial, error))
    return FALSE;

  entries = read_records (array, error);
  if (entries == NULL)
    return FALSE;

  for (guint i = 0; i < entries->len; i++)
    {
      const VtRecord *record = g_ptr_array_index (entries, i);

      if (record->before == NULL)
        return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT, "%s has no before", record->key);
    }

  if (trial != NULL && !read_trial (journal, trial, error))
    return FALSE;

  journal->unfinished_id = (guint64) id;
  journal->unfinished = g_steal_pointer (&entries);
  return TRUE;
}

/* FALSE: it is not what we write. *@ret_foreign: it is, of another boot. */
static gboolean
read_content (VtJournal *journal, JsonObject *content, gboolean *ret_foreign, GError **error)
{
  g_autoptr (GPtrArray) records = NULL;
  const char *boot_id = NULL;
  JsonArray *array = NULL;
  JsonObject *under_way = NULL;
  gint64 last_id = 0;

  if (!vt_json_get_string (content, "boot-id", TRUE, &boot_id, error)
      || !vt_json_get_int (content, "last-id", TRUE, &last_id, error)
      || !vt_json_get_array (content, "records", TRUE, &array, error)
      || !vt_json_get_object (content, "under-way", FALSE, &under_way, error))
    return FALSE;

  if (last_id < 0 || last_id >= MAX_ID)
    return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT, "no change has such a number");

  *ret_foreign = !g_str_equal (boot_id, journal->boot_id);
  if (*ret_foreign)
    {
      journal->last_id = (guint64) last_id;
      return TRUE;
    }

  records = read_records (array, error);
  if (records == NULL || (under_way != NULL && !read_unfinished (journal, under_way, error)))
    return FALSE;

  for (guint i = 0; i < records->len; i++)
    vt_journal_put (journal, g_ptr_array_index (records, i));

  journal->last_id = (guint64) last_id;
  journal->differs = FALSE;
  return TRUE;
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

  if (!read_content (journal, content, &foreign, &fault))
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

static int
compare_records (gconstpointer a, gconstpointer b)
{
  const VtRecord *first = *(const VtRecord *const *) a;
  const VtRecord *second = *(const VtRecord *const *) b;

  return strcmp (first->key, second->key);
}

static JsonArray *
records_to_json (const GPtrArray *records)
{
  JsonArray *array = json_array_new ();

  for (guint i = 0; i < records->len; i++)
    json_array_add_element (array, vt_record_to_json (g_ptr_array_index (records, i)));

  return array;
}

static JsonObject *
unfinished_to_json (const VtJournal *journal)
{
  const VtTrial *trial = &journal->trial;
  JsonObject *object = json_object_new ();
  JsonObject *waits;

  json_object_set_int_member (object, "id", (gint64) journal->unfinished_id);
  json_object_set_array_member (object, "entries", records_to_json (journal->unfinished));
  if (trial->active == NULL)
    return object;

  waits = json_object_new ();
  json_object_set_int_member (waits, "deadline", trial->deadline);
  json_object_set_object_member (waits, "active", json_object_ref (trial->active));
  json_object_set_object_member (object, "trial", waits);

  return object;
}

static gboolean
write_within (VtJournal *journal, gsize max, VtStoreSync sync, GError **error)
{
  g_autoptr (JsonObject) content = json_object_new ();
  g_autoptr (GPtrArray) records = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer record;

  g_hash_table_iter_init (&iter, journal->records);
  while (g_hash_table_iter_next (&iter, NULL, &record))
    g_ptr_array_add (records, record);
  g_ptr_array_sort (records, compare_records);

  json_object_set_string_member (content, "boot-id", journal->boot_id);
  json_object_set_int_member (content, "last-id", (gint64) journal->last_id);
  json_object_set_array_member (content, "records", records_to_json (records));
  if (journal->unfinished != NULL)
    json_object_set_object_member (content, "under-way", unfinished_to_json (journal));

  journal->differs = TRUE;
  if (!vt_store_save_within (journal->folder, VT_JOURNAL_FILE, content, max, sync, error))
    return FALSE;

  journal->differs = FALSE;
  journal->behind = FALSE;
  return TRUE;
}

static gboolean
write_down (VtJournal *journal, VtStoreSync sync, GError **error)
{
  return write_within (journal, VT_STORE_MAX, sync, error);
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
  if (write_within (journal, max, sync, error))
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

  return begin_within (journal, id, entries, MAX_BYTES, sync, error);
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
