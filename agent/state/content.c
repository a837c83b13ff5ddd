/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/state/content.h"

#include "protocol/json.h"

VtContent *
vt_content_new (const char *boot_id)
{
  VtContent *content = g_new0 (VtContent, 1);

  content->boot_id = g_strdup (boot_id);
  content->records
      = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) vt_record_free);

  return content;
}

void
vt_content_free (VtContent *content)
{
  g_free (content->boot_id);
  g_hash_table_unref (content->records);
  g_clear_pointer (&content->change, vt_change_free);
  g_clear_pointer (&content->active, vt_active_unref);
  g_free (content);
}

GPtrArray *
vt_records_copy (const GPtrArray *records)
{
  GPtrArray *copies = g_ptr_array_new_with_free_func ((GDestroyNotify) vt_record_free);

  for (guint i = 0; i < records->len; i++)
    g_ptr_array_add (copies, vt_record_copy (g_ptr_array_index (records, i)));

  return copies;
}

void
vt_records_put (GHashTable *records, const VtRecord *record)
{
  VtRecord *copy = vt_record_copy (record);

  g_clear_pointer (&copy->before, g_free);
  g_hash_table_replace (records, copy->key, copy);
}

VtChange *
vt_change_new (guint64 id, const GPtrArray *entries)
{
  VtChange *change = g_new0 (VtChange, 1);

  change->id = id;
  change->entries = vt_records_copy (entries);

  return change;
}

void
vt_change_free (VtChange *change)
{
  g_ptr_array_unref (change->entries);
  g_clear_pointer (&change->provisional, vt_active_unref);
  g_free (change);
}

void
vt_content_enter_boot (VtContent *content, const char *boot_id)
{
  VtActive *active;

  g_free (content->boot_id);
  content->boot_id = g_strdup (boot_id);
  g_hash_table_remove_all (content->records);
  g_clear_pointer (&content->change, vt_change_free);
  if (content->active == NULL)
    return;

  active = vt_active_without_transient (content->active);
  vt_active_unref (content->active);
  content->active = active;
}

static int
compare_records (gconstpointer a, gconstpointer b)
{
  return strcmp ((*(const VtRecord *const *) a)->key, (*(const VtRecord *const *) b)->key);
}

static JsonArray *
records_to_json (const GPtrArray *records)
{
  JsonArray *array = json_array_new ();

  for (guint i = 0; i < records->len; i++)
    json_array_add_element (array, vt_record_to_json (g_ptr_array_index (records, i)));

  return array;
}

/* By key, so that a person finds one. */
static JsonArray *
table_to_json (GHashTable *records)
{
  g_autoptr (GPtrArray) sorted = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer record;

  g_hash_table_iter_init (&iter, records);
  while (g_hash_table_iter_next (&iter, NULL, &record))
    g_ptr_array_add (sorted, record);
  g_ptr_array_sort (sorted, compare_records);

  return records_to_json (sorted);
}

static JsonObject *
new_record (const char *kind)
{
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "record", kind);

  return object;
}

static void
add_provisional (JsonObject *object, const VtActive *active, gint64 deadline)
{
  json_object_set_int_member (object, "deadline", deadline);
  json_object_set_object_member (object, "active", vt_active_to_json (active));
}

static void
add_change (JsonObject *object, const VtChange *change)
{
  json_object_set_int_member (object, "id", (gint64) change->id);
  json_object_set_array_member (object, "entries", records_to_json (change->entries));
}

JsonObject *
vt_content_to_snapshot (const VtContent *content)
{
  JsonObject *object = new_record ("snapshot");
  JsonObject *change;

  json_object_set_int_member (object, "version", VT_CONTENT_VERSION);
  json_object_set_string_member (object, "boot-id", content->boot_id);
  json_object_set_int_member (object, "last-id", (gint64) content->last_id);
  if (content->active != NULL)
    json_object_set_object_member (object, "active", vt_active_to_json (content->active));
  json_object_set_array_member (object, "records", table_to_json (content->records));
  if (content->change == NULL)
    return object;

  change = json_object_new ();
  add_change (change, content->change);
  if (content->change->provisional != NULL)
    {
      JsonObject *provisional = json_object_new ();

      add_provisional (provisional, content->change->provisional, content->change->deadline);
      json_object_set_object_member (change, "provisional", provisional);
    }
  json_object_set_object_member (object, "under-way", change);

  return object;
}

JsonObject *
vt_content_begin_to_json (const VtChange *change)
{
  JsonObject *object = new_record ("begin");

  add_change (object, change);

  return object;
}

JsonObject *
vt_content_provisional_to_json (const GPtrArray *entries, const VtActive *active, gint64 deadline)
{
  JsonObject *object = new_record ("provisional");

  json_object_set_array_member (object, "entries", records_to_json (entries));
  add_provisional (object, active, deadline);

  return object;
}

JsonObject *
vt_content_cancel_to_json (void)
{
  return new_record ("cancel");
}

JsonObject *
vt_content_end_to_json (VtEnd end, GHashTable *keys, GHashTable *records, const VtActive *active)
{
  static const char *const kinds[] = {
    [VT_END_COMMIT] = "commit",
    [VT_END_UNDO] = "undo",
    [VT_END_RECORDS] = "records",
  };
  g_autoptr (GPtrArray) set = g_ptr_array_new ();
  JsonObject *object = new_record (kinds[end]);
  JsonArray *dropped = json_array_new ();
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init (&iter, keys);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    {
      VtRecord *record = g_hash_table_lookup (records, key);

      if (record != NULL)
        g_ptr_array_add (set, record);
      else
        json_array_add_string_element (dropped, key);
    }
  g_ptr_array_sort (set, compare_records);

  json_object_set_array_member (object, "set", records_to_json (set));
  json_object_set_array_member (object, "dropped", dropped);
  if (active != NULL)
    json_object_set_object_member (object, "active", vt_active_to_json (active));

  return object;
}
