/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/engine/journal-private.h"

#include "protocol/error.h"
#include "protocol/json.h"

#define MAX_ID ((gint64) 1 << 53) /* integers of JSON are whole up to there */
/* Records: a roll-back has a few beside those that stand changed. */
#define MAX_READ (2 * VT_JOURNAL_MAX)

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

gboolean
vt_journal_read (VtJournal *journal, JsonObject *content, gboolean *ret_foreign, GError **error)
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

gboolean
vt_journal_write (VtJournal *journal, gsize max, VtStoreSync sync, GError **error)
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
