/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/state/content.h"

#include "protocol/error.h"
#include "protocol/json.h"

#define MAX_ID ((gint64) 1 << 53) /* integers of JSON are exact up to there */
/* A roll-back's entries are those that are changed now, and a few beside. */
#define MAX_RECORDS (2 * VT_RECORDS_MAX)

static gboolean
read_id (JsonObject *object, const char *member, guint64 *ret, GError **error)
{
  gint64 id = 0;

  if (!vt_json_get_int (object, member, TRUE, &id, error))
    return FALSE;
  if (id < 0 || id >= MAX_ID)
    return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT,
                         "%s %" G_GINT64_FORMAT " is no change id", member, id);

  *ret = (guint64) id;
  return TRUE;
}

/* Of VtRecord. NULL: VT_ERROR_INVALID_ARGUMENT. (transfer full) */
static GPtrArray *
read_records (JsonObject *object, const char *member, GError **error)
{
  g_autoptr (GPtrArray) records = g_ptr_array_new_with_free_func ((GDestroyNotify) vt_record_free);
  JsonArray *array = NULL;

  if (!vt_json_get_array (object, member, TRUE, &array, error))
    return NULL;
  if (json_array_get_length (array) > MAX_RECORDS)
    {
      vt_error_set (error, VT_ERROR_INVALID_ARGUMENT, "%s has more than %d records", member,
                    MAX_RECORDS);
      return NULL;
    }

  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      VtRecord *record = vt_record_from_json (json_array_get_element (array, i), error);

      if (record == NULL)
        return NULL;
      g_ptr_array_add (records, record);
    }

  return g_steal_pointer (&records);
}

/* The same, of a change: each has its before. */
static GPtrArray *
read_entries (JsonObject *object, GError **error)
{
  g_autoptr (GPtrArray) entries = read_records (object, "entries", error);

  for (guint i = 0; entries != NULL && i < entries->len; i++)
    {
      const VtRecord *record = g_ptr_array_index (entries, i);

      if (record->before != NULL)
        continue;
      vt_error_set (error, VT_ERROR_INVALID_ARGUMENT, "%s has no value before the change",
                    record->key);
      return NULL;
    }

  return g_steal_pointer (&entries);
}

static VtActive *
read_active (JsonObject *object, GError **error)
{
  JsonObject *active = NULL;

  if (!vt_json_get_object (object, "active", TRUE, &active, error))
    return NULL;

  return vt_active_from_json (active, error);
}

static gboolean
read_provisional (VtChange *change, JsonObject *object, GError **error)
{
  gint64 deadline = 0;
  VtActive *active;

  if (!vt_json_get_int (object, "deadline", TRUE, &deadline, error))
    return FALSE;
  active = read_active (object, error);
  if (active == NULL)
    return FALSE;

  change->provisional = active;
  change->deadline = deadline;
  return TRUE;
}

static VtChange *
read_change (JsonObject *object, GError **error)
{
  g_autoptr (GPtrArray) entries = NULL;
  JsonObject *provisional = NULL;
  g_autoptr (VtChange) change = NULL;
  guint64 id = 0;

  if (!read_id (object, "id", &id, error)
      || !vt_json_get_object (object, "provisional", FALSE, &provisional, error))
    return NULL;
  entries = read_entries (object, error);
  if (entries == NULL)
    return NULL;

  change = vt_change_new (id, entries);
  if (provisional != NULL && !read_provisional (change, provisional, error))
    return NULL;

  return g_steal_pointer (&change);
}

static gboolean
replay_snapshot (VtContent **content, JsonObject *object, GError **error)
{
  g_autoptr (GPtrArray) records = NULL;
  g_autoptr (VtContent) read = NULL;
  JsonObject *change = NULL;
  const char *boot_id = NULL;
  gint64 version = 0;
  guint64 last_id = 0;

  if (!vt_json_get_int (object, "version", TRUE, &version, error)
      || !vt_json_get_string (object, "boot-id", TRUE, &boot_id, error)
      || !read_id (object, "last-id", &last_id, error)
      || !vt_json_get_object (object, "under-way", FALSE, &change, error))
    return FALSE;
  if (version != VT_CONTENT_VERSION)
    return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT,
                         "its version is %" G_GINT64_FORMAT ", not %d", version,
                         VT_CONTENT_VERSION);

  read = vt_content_new (boot_id);
  read->last_id = last_id;
  if (json_object_has_member (object, "active")
      && (read->active = read_active (object, error)) == NULL)
    return FALSE;

  records = read_records (object, "records", error);
  if (records == NULL)
    return FALSE;
  for (guint i = 0; i < records->len; i++)
    vt_records_put (read->records, g_ptr_array_index (records, i));
  if (change != NULL && (read->change = read_change (change, error)) == NULL)
    return FALSE;

  *content = g_steal_pointer (&read);
  return TRUE;
}

static gboolean
replay_begin (VtContent *content, JsonObject *object, GError **error)
{
  VtChange *change = read_change (object, error);

  if (change == NULL)
    return FALSE;

  content->change = change;
  content->last_id = MAX (content->last_id, change->id);
  return TRUE;
}

static gboolean
replay_provisional (VtContent *content, JsonObject *object, GError **error)
{
  GPtrArray *entries = read_entries (object, error);

  if (entries == NULL)
    return FALSE;
  if (!read_provisional (content->change, object, error))
    {
      g_ptr_array_unref (entries);
      return FALSE;
    }

  g_ptr_array_unref (content->change->entries);
  content->change->entries = entries;
  return TRUE;
}

static gboolean
replay_cancel (VtContent *content, JsonObject *object, GError **error)
{
  g_clear_pointer (&content->change->provisional, vt_active_unref);

  return TRUE;
}

/* A commit, an undo, or a change of the records alone. */
static gboolean
replay_end (VtContent *content, JsonObject *object, GError **error)
{
  g_autoptr (GPtrArray) set = read_records (object, "set", error);
  JsonArray *dropped = NULL;
  VtActive *active = NULL;

  if (set == NULL || !vt_json_get_array (object, "dropped", TRUE, &dropped, error))
    return FALSE;
  for (guint i = 0; i < json_array_get_length (dropped); i++)
    if (json_node_get_value_type (json_array_get_element (dropped, i)) != G_TYPE_STRING)
      return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT, "dropped holds no string");
  if (json_object_has_member (object, "active") && (active = read_active (object, error)) == NULL)
    return FALSE;

  for (guint i = 0; i < json_array_get_length (dropped); i++)
    g_hash_table_remove (content->records, json_array_get_string_element (dropped, i));
  for (guint i = 0; i < set->len; i++)
    vt_records_put (content->records, g_ptr_array_index (set, i));
  g_clear_pointer (&content->change, vt_change_free);
  if (active != NULL)
    {
      g_clear_pointer (&content->active, vt_active_unref);
      content->active = active;
    }

  return TRUE;
}

/* When a record may come. */
typedef enum
{
  IDLE,        /* no change is under way */
  STARTED,     /* one is */
  UNDER_WAY,   /* one is, and is not provisional */
  PROVISIONAL, /* one is, and is provisional */
  ANY,
} When;

static const struct
{
  const char *kind;
  When when;
  gboolean (*replay) (VtContent *content, JsonObject *object, GError **error);
} kinds[] = {
  { "begin", IDLE, replay_begin },          { "provisional", UNDER_WAY, replay_provisional },
  { "cancel", PROVISIONAL, replay_cancel }, { "commit", ANY, replay_end },
  { "undo", STARTED, replay_end },          { "records", IDLE, replay_end },
};

static gboolean
may_follow (const VtContent *content, When when)
{
  switch (when)
    {
    case IDLE:
      return content->change == NULL;
    case STARTED:
      return content->change != NULL;
    case UNDER_WAY:
      return content->change != NULL && content->change->provisional == NULL;
    case PROVISIONAL:
      return content->change != NULL && content->change->provisional != NULL;
    case ANY:
    default:
      return TRUE;
    }
}

gboolean
vt_content_replay (VtContent **content, JsonObject *record, GError **error)
{
  const char *kind = NULL;

  if (!vt_json_get_string (record, "record", TRUE, &kind, error))
    return FALSE;
  if (*content == NULL && g_str_equal (kind, "snapshot"))
    return replay_snapshot (content, record, error);

  for (guint i = 0; *content != NULL && i < G_N_ELEMENTS (kinds); i++)
    if (g_str_equal (kinds[i].kind, kind) && may_follow (*content, kinds[i].when))
      return kinds[i].replay (*content, record, error);

  return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT, "the record %s cannot stand there", kind);
}
