/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/commands/tune-report.h"

#include "agent/engine/active.h"
#include "agent/engine/hints-json.h"

#define EVENT_ROWS 32    /* an event is a hint: all of it is in tune-status */
#define LIST_MAX   65535 /* elements; our own client takes one more */
#define ROW_COST   112   /* bytes of a row's member names and punctuation, at most */

static JsonNode *
to_node (JsonObject *object)
{
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);

  json_node_take_object (node, object);

  return node;
}

/* Nothing where @text is NULL. */
static void
set_text (JsonObject *object, const char *member, const char *text)
{
  if (text != NULL)
    json_object_set_string_member (object, member, text);
}

/* An integer where the attribute is a number and the text reads as one. */
static void
set_value (JsonObject *object, const char *member, const char *text, gboolean number)
{
  gint64 value;

  if (number && text != NULL
      && g_ascii_string_to_signed (text, 10, G_MININT64, G_MAXINT64, &value, NULL))
    json_object_set_int_member (object, member, value);
  else
    set_text (object, member, text);
}

static JsonObject *
row_to_json (const VtRow *row)
{
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "key", row->key);
  json_object_set_string_member (object, "result", vt_result_word (row->result));

  return object;
}

static void
finish_row (JsonObject *object, const VtRow *row)
{
  set_text (object, "wanted", row->wanted);
  set_text (object, "reason", row->reason);
  set_text (object, "source", row->source);
}

static JsonObject *
change_to_json (const VtRow *row)
{
  JsonObject *object = row_to_json (row);

  set_value (object, "from", row->from, row->number);
  set_value (object, "to", row->to, row->number);
  finish_row (object, row);
  if (row->result == VT_RESULT_APPLIED || row->result == VT_RESULT_PLANNED)
    json_object_set_boolean_member (object, "undo", !row->lasting);

  return object;
}

static JsonObject *
check_to_json (const VtRow *row)
{
  JsonObject *object = row_to_json (row);

  set_value (object, "expected", row->to, row->number);
  set_value (object, "actual", row->from, row->number);
  finish_row (object, row);

  return object;
}

/* Bytes of @text in JSON. */
static gsize
cost_of_text (const char *text)
{
  gsize cost = 2;

  for (const char *p = text != NULL ? text : ""; *p != '\0'; p++)
    cost += g_ascii_iscntrl (*p) ? 6 : *p == '"' || *p == '\\' ? 2 : 1;

  return cost;
}

static gsize
cost_of_row (const VtRow *row)
{
  return ROW_COST + cost_of_text (row->key) + cost_of_text (row->from) + cost_of_text (row->to)
         + cost_of_text (row->wanted) + cost_of_text (row->source) + cost_of_text (row->reason);
}

/* Whether an element of @cost bytes still fits in @array, of which @left bytes are left. */
static gboolean
take (JsonArray *array, gsize *left, gsize cost)
{
  if (cost > *left || json_array_get_length (array) >= LIST_MAX)
    {
      *left = 0;
      return FALSE;
    }

  *left -= cost;
  return TRUE;
}

/* The rows up to the bound, and the number of the others. */
static void
set_rows (JsonObject *object, const GPtrArray *rows, JsonObject *(*convert) (const VtRow *row))
{
  JsonArray *array = json_array_sized_new (rows->len);
  gsize left = VT_TUNE_LIST_BYTES;
  guint i;

  for (i = 0; i < rows->len; i++)
    {
      const VtRow *row = g_ptr_array_index (rows, i);

      if (!take (array, &left, cost_of_row (row)))
        break;
      json_array_add_object_element (array, convert (row));
    }

  json_object_set_array_member (object, "attributes", array);
  if (i < rows->len)
    json_object_set_int_member (object, "more", rows->len - i);
}

static JsonArray *
texts_to_json (const GPtrArray *texts)
{
  JsonArray *array = json_array_sized_new (texts->len);
  gsize left = VT_TUNE_LIST_BYTES;

  for (guint i = 0; i < texts->len; i++)
    {
      const char *text = g_ptr_array_index (texts, i);
      g_autofree char *rest = NULL;

      if (take (array, &left, 1 + cost_of_text (text)))
        {
          json_array_add_string_element (array, text);
          continue;
        }

      rest = g_strdup_printf ("and %u more", texts->len - i);
      json_array_add_string_element (array, rest);
      break;
    }

  return array;
}

JsonObject *
vt_tune_event_to_json (const VtReport *report, gboolean (*is_told) (VtResult))
{
  JsonObject *object = json_object_new ();
  JsonArray *rows = json_array_new ();
  guint more = 0;

  for (guint i = 0; i < report->rows->len; i++)
    {
      const VtRow *row = g_ptr_array_index (report->rows, i);

      if (!is_told (row->result))
        continue;
      if (json_array_get_length (rows) < EVENT_ROWS)
        json_array_add_object_element (rows, change_to_json (row));
      else
        more++;
    }
  json_object_set_array_member (object, "attributes", rows);
  if (more > 0)
    json_object_set_int_member (object, "more", more);

  return object;
}

JsonNode *
vt_tune_apply_to_json (const VtReport *report, guint confirm_within)
{
  JsonObject *object = json_object_new ();

  json_object_set_int_member (object, "apply-id", (gint64) report->apply_id);
  json_object_set_boolean_member (object, "dry-run", report->dry_run);
  if (confirm_within > 0)
    json_object_set_int_member (object, "confirm-within", confirm_within);
  set_rows (object, report->rows, change_to_json);
  json_object_set_array_member (object, "ignored", texts_to_json (report->ignored));

  return to_node (object);
}

JsonNode *
vt_tune_verify_to_json (const VtReport *report)
{
  JsonObject *object = json_object_new ();
  gint64 drift = 0;

  for (guint i = 0; i < report->rows->len; i++)
    {
      const VtRow *row = g_ptr_array_index (report->rows, i);

      drift += row->result == VT_RESULT_DRIFT;
    }

  json_object_set_int_member (object, "drift", drift);
  set_rows (object, report->rows, check_to_json);

  return to_node (object);
}

JsonNode *
vt_tune_rollback_to_json (const VtReport *report)
{
  JsonObject *object = json_object_new ();

  set_rows (object, report->rows, change_to_json);

  return to_node (object);
}

JsonObject *
vt_tune_sweep_to_json (const char *word, const VtSweep *sweep)
{
  JsonObject *data = json_object_new ();

  json_object_set_string_member (data, "wanted", word);
  json_object_set_int_member (data, "online", sweep->onlined);
  json_object_set_int_member (data, "failed", sweep->failed);
  json_object_set_int_member (data, "misplaced", sweep->misplaced);
  return data;
}

JsonNode *
vt_tune_profiles_to_json (const GPtrArray *infos, const VtActive *active)
{
  JsonNode *node = json_node_new (JSON_NODE_ARRAY);
  JsonArray *array = json_array_sized_new (infos->len);

  for (guint i = 0; i < infos->len; i++)
    {
      const VtProfileInfo *info = g_ptr_array_index (infos, i);
      JsonObject *object = json_object_new ();
      const gboolean in_force = g_strcmp0 (info->name, active->kept.profile) == 0
                                || g_strcmp0 (info->name, active->transient.profile) == 0;

      json_object_set_string_member (object, "name", info->name);
      json_object_set_string_member (object, "path", info->path);
      set_text (object, "summary", info->summary);
      json_object_set_boolean_member (object, "active", in_force);
      json_array_add_object_element (array, object);
    }

  json_node_take_array (node, array);
  return node;
}

JsonObject *
vt_tune_active_to_json (const VtActive *active)
{
  JsonObject *object = json_object_new ();

  set_text (object, "profile", active->kept.profile);
  json_object_set_member (object, "settings", vt_settings_to_json (active->kept.settings));
  set_text (object, "transient-profile", active->transient.profile);
  if (active->transient.settings->list->len > 0)
    json_object_set_member (object, "transient", vt_settings_to_json (active->transient.settings));
  if (active->hints->list->len > 0)
    json_object_set_array_member (object, "hints", vt_hints_to_json (active->hints));

  return object;
}

JsonObject *
vt_tune_trial_to_json (const VtTrialStatus *trial)
{
  JsonObject *object = vt_tune_active_to_json (trial->active);

  json_object_set_int_member (object, "apply-id", (gint64) trial->apply_id);
  json_object_set_int_member (object, "seconds-left", MAX (0, trial->left / G_USEC_PER_SEC));

  return object;
}

JsonObject *
vt_tune_changes_to_json (const VtActivitySnapshot *activity)
{
  JsonObject *object = json_object_new ();

  if (activity->last_id > 0)
    {
      JsonObject *last = json_object_new ();

      json_object_set_int_member (last, "id", (gint64) activity->last_id);
      set_text (last, "command", activity->last_command);
      json_object_set_string_member (last, "result", activity->last_failed ? "failed" : "done");
      set_text (last, "desc", activity->last_desc);
      json_object_set_object_member (object, "last", last);
    }

  if (activity->under_way != NULL || activity->work != NULL)
    {
      JsonObject *under_way = json_object_new ();

      set_text (under_way, "command", activity->under_way);
      set_text (under_way, "work", activity->work);
      json_object_set_object_member (object, "under-way", under_way);
    }

  return object;
}

static gsize
cost_of_status (const VtAttributeStatus *status)
{
  return ROW_COST + cost_of_text (status->key) + cost_of_text (status->value)
         + cost_of_text (status->wanted) + cost_of_text (status->original)
         + cost_of_text (status->allowed) + cost_of_text (status->source);
}

static JsonObject *
status_to_json (const VtAttributeStatus *status)
{
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "key", status->key);
  set_value (object, "value", status->value, status->number);
  set_text (object, "wanted", status->wanted);
  set_value (object, "original", status->original, status->number);
  set_text (object, "allowed", status->allowed);
  set_text (object, "source", status->source);

  return object;
}

void
vt_tune_set_attributes (JsonObject *object, const GPtrArray *attributes)
{
  JsonArray *array = json_array_sized_new (attributes->len);
  gsize left = VT_TUNE_LIST_BYTES;
  guint i;

  for (i = 0; i < attributes->len; i++)
    {
      const VtAttributeStatus *status = g_ptr_array_index (attributes, i);

      if (!take (array, &left, cost_of_status (status)))
        break;
      json_array_add_object_element (array, status_to_json (status));
    }

  json_object_set_array_member (object, "attributes", array);
  if (i < attributes->len)
    json_object_set_int_member (object, "more", attributes->len - i);
}

JsonArray *
vt_tune_devices_to_json (const GPtrArray *devices)
{
  JsonArray *array = json_array_sized_new (devices->len);
  gsize left = VT_TUNE_LIST_BYTES / 3;

  for (guint i = 0; i < devices->len; i++)
    {
      const VtDevice *device = g_ptr_array_index (devices, i);
      JsonObject *object;

      if (!take (array, &left,
                 ROW_COST + cost_of_text (device->name) + cost_of_text (device->section)
                     + cost_of_text (device->kind) + cost_of_text (device->detail)))
        break;
      object = json_object_new ();

      json_object_set_string_member (object, "name", device->name);
      json_object_set_string_member (object, "section", device->section);
      set_text (object, "kind", device->kind);
      set_text (object, "detail", device->detail);
      json_array_add_object_element (array, object);
    }

  return array;
}
