/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/commands/tune-report.h"

#include "agent/commands/tune-rows.h"
#include "agent/state/active.h"
#include "agent/state/hints-json.h"

#define EVENT_ROWS 32 /* events hold the first rows only; tune-status has all */

static JsonNode *
to_node (JsonObject *object)
{
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);

  json_node_take_object (node, object);

  return node;
}

JsonObject *
vt_tune_event_to_json (const VtReport *report, gboolean (*filter) (VtResult))
{
  JsonObject *object = json_object_new ();
  JsonArray *rows = json_array_new ();
  guint more = 0;

  for (guint i = 0; i < report->rows->len; i++)
    {
      const VtRow *row = g_ptr_array_index (report->rows, i);

      if (!filter (row->result))
        continue;
      if (json_array_get_length (rows) < EVENT_ROWS)
        json_array_add_object_element (rows, vt_tune_change_to_json (row));
      else
        more++;
    }
  json_object_set_array_member (object, "attributes", rows);
  if (more > 0)
    json_object_set_int_member (object, "more", more);

  return object;
}

JsonObject *
vt_tune_rolled_back_to_json (const VtReport *report, guint64 apply_id)
{
  JsonObject *data = json_object_new ();
  guint restored = 0, failed = 0;

  for (guint i = 0; i < report->rows->len; i++)
    {
      const VtRow *row = g_ptr_array_index (report->rows, i);

      restored += row->result == VT_RESULT_RESTORED;
      failed += row->result == VT_RESULT_FAILED;
    }
  json_object_set_int_member (data, "restored", restored);
  json_object_set_int_member (data, "failed", failed);
  if (apply_id != 0)
    json_object_set_int_member (data, "apply-id", (gint64) apply_id);

  return data;
}

JsonNode *
vt_tune_apply_to_json (const VtReport *report, guint confirm_within)
{
  JsonObject *object = json_object_new ();

  json_object_set_int_member (object, "apply-id", (gint64) report->apply_id);
  json_object_set_boolean_member (object, "dry-run", report->dry_run);
  if (confirm_within > 0)
    json_object_set_int_member (object, "confirm-within", confirm_within);
  vt_tune_set_rows (object, report->rows, vt_tune_change_to_json);
  json_object_set_array_member (object, "ignored", vt_tune_texts_to_json (report->ignored));

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
  vt_tune_set_rows (object, report->rows, vt_tune_check_to_json);

  return to_node (object);
}

JsonNode *
vt_tune_rows_to_json (const VtReport *report)
{
  JsonObject *object = json_object_new ();

  vt_tune_set_rows (object, report->rows, vt_tune_change_to_json);

  return to_node (object);
}

JsonObject *
vt_tune_sweep_to_json (const char *word, const VtSweepResult *sweep)
{
  JsonObject *data = json_object_new ();
  g_autofree char *fault = vt_sweep_result_describe_problem (sweep, word);

  json_object_set_string_member (data, "wanted", word);
  json_object_set_int_member (data, "online", sweep->onlined + sweep->newly_plugged);
  json_object_set_int_member (data, "failed", sweep->failed);
  json_object_set_int_member (data, "misplaced", sweep->newly_misplaced);
  if (fault != NULL)
    json_object_set_string_member (data, "reason", fault);
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
      const gboolean in_force = g_strcmp0 (info->name, active->stored.profile) == 0
                                || g_strcmp0 (info->name, active->transient.profile) == 0;

      json_object_set_string_member (object, "name", info->name);
      json_object_set_string_member (object, "path", info->path);
      vt_tune_set_text (object, "summary", info->summary);
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

  vt_tune_set_text (object, "profile", active->stored.profile);
  json_object_set_member (object, "settings", vt_settings_to_json (active->stored.settings));
  vt_tune_set_text (object, "transient-profile", active->transient.profile);
  if (active->transient.settings->list->len > 0)
    json_object_set_member (object, "transient", vt_settings_to_json (active->transient.settings));
  if (active->hints->list->len > 0)
    json_object_set_array_member (object, "hints", vt_hints_to_json (active->hints));

  return object;
}

JsonObject *
vt_tune_provisional_to_json (const VtProvisionalStatus *provisional)
{
  JsonObject *object = vt_tune_active_to_json (provisional->active);

  json_object_set_int_member (object, "apply-id", (gint64) provisional->apply_id);
  json_object_set_int_member (object, "seconds-left", MAX (0, provisional->left / G_USEC_PER_SEC));

  return object;
}

JsonObject *
vt_tune_changes_to_json (const VtActivitySnapshot *activity)
{
  JsonObject *object = json_object_new ();

  if (activity->last_change_id > 0)
    {
      JsonObject *last = json_object_new ();

      json_object_set_int_member (last, "id", (gint64) activity->last_change_id);
      vt_tune_set_text (last, "command", activity->last_change);
      json_object_set_string_member (last, "result", activity->last_failed ? "failed" : "done");
      vt_tune_set_text (last, "desc", activity->last_error);
      json_object_set_object_member (object, "last", last);
    }

  if (activity->change != NULL || activity->work != NULL)
    {
      JsonObject *under_way = json_object_new ();

      vt_tune_set_text (under_way, "command", activity->change);
      vt_tune_set_text (under_way, "work", activity->work);
      json_object_set_object_member (object, "under-way", under_way);
    }

  return object;
}

static gsize
cost_of_status (const VtAttributeStatus *status)
{
  return VT_TUNE_ROW_COST + vt_tune_cost_of_text (status->key)
         + vt_tune_cost_of_text (status->value) + vt_tune_cost_of_text (status->wanted)
         + vt_tune_cost_of_text (status->original) + vt_tune_cost_of_text (status->allowed)
         + vt_tune_cost_of_text (status->source);
}

static JsonObject *
status_to_json (const VtAttributeStatus *status)
{
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "key", status->key);
  vt_tune_set_value (object, "value", status->value, status->number);
  vt_tune_set_text (object, "wanted", status->wanted);
  vt_tune_set_value (object, "original", status->original, status->number);
  vt_tune_set_text (object, "allowed", status->allowed);
  vt_tune_set_text (object, "source", status->source);

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

      if (!vt_tune_take (array, &left, cost_of_status (status)))
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

      if (!vt_tune_take (array, &left,
                         VT_TUNE_ROW_COST + vt_tune_cost_of_text (device->name)
                             + vt_tune_cost_of_text (device->section)
                             + vt_tune_cost_of_text (device->kind)
                             + vt_tune_cost_of_text (device->detail)))
        break;
      object = json_object_new ();

      json_object_set_string_member (object, "name", device->name);
      json_object_set_string_member (object, "section", device->section);
      vt_tune_set_text (object, "kind", device->kind);
      vt_tune_set_text (object, "detail", device->detail);
      json_array_add_object_element (array, object);
    }

  return array;
}
