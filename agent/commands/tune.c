/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The commands that tune: arguments in, the engine's reports out. The engine decides what is done.
 * This file only refuses what an active TuneD also sets.
 */

#include "config.h"

#include "agent/commands/command.h"

#include "agent/commands/tune-report.h"
#include "agent/commands/tune-rows.h"
#include "agent/engine/engine.h"
#include "agent/kernel/memory-blocks.h"
#include "agent/neighbours/tuned-active.h"
#include "agent/reporting/events.h"
#include "agent/state/hints-json.h"
#include "agent/worker/activity.h"
#include "protocol/json.h"
#include "protocol/schema.h"

static JsonArray *
list_warnings (VtAgent *agent)
{
  g_autoptr (VtTunedActive) tuned = vt_tuned_active_find (agent->system.fs);
  g_autoptr (GPtrArray) warnings = vt_engine_list_warnings (agent->engine);

  if (tuned != NULL)
    g_ptr_array_insert (warnings, 0, vt_tuned_active_describe (tuned));

  return vt_tune_texts_to_json (warnings);
}

static JsonArray *
list_devices (VtAgent *agent)
{
  g_autoptr (GPtrArray) devices = g_ptr_array_new_with_free_func ((GDestroyNotify) vt_device_free);

  for (guint i = 0; vt_tunables[i] != NULL; i++)
    {
      if (vt_tunables[i]->describe != NULL)
        vt_tunables[i]->describe (&agent->system, devices);
    }

  return vt_tune_devices_to_json (devices);
}

/* NULL without memory hot-plug. */
static JsonObject *
describe_memory (const VtKernelFs *fs)
{
  g_autoptr (GArray) blocks = vt_memory_blocks_list (fs, NULL);
  guint64 size = 0;
  guint online = 0;
  JsonObject *object;

  if (blocks == NULL || !vt_memory_block_size (fs, &size, NULL))
    return NULL;

  for (guint i = 0; i < blocks->len; i++)
    online += g_array_index (blocks, VtMemoryBlock, i).online ? 1 : 0;

  object = json_object_new ();
  json_object_set_int_member (object, "block-size", (gint64) size);
  json_object_set_int_member (object, "online", online);
  json_object_set_int_member (object, "offline", blocks->len - online);

  return object;
}

/* The part of the status that needs no worker. */
static JsonObject *
begin_status (VtAgent *agent)
{
  g_autoptr (VtActivitySnapshot) activity = vt_activity_snapshot (agent->activity);
  g_autoptr (VtActive) active = vt_engine_ref_active (agent->engine);
  g_autoptr (VtProvisionalStatus) provisional = vt_engine_get_provisional (agent->engine);
  JsonObject *requests = json_object_new ();
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "version", VT_VERSION);
  json_object_set_object_member (object, "active", vt_tune_active_to_json (active));
  if (provisional != NULL)
    json_object_set_object_member (object, "unconfirmed",
                                   vt_tune_provisional_to_json (provisional));
  json_object_set_object_member (object, "changes", vt_tune_changes_to_json (activity));
  json_object_set_int_member (requests, "dropped", (gint64) activity->dropped);
  json_object_set_object_member (object, "requests", requests);

  return object;
}

static JsonNode *
to_node (JsonObject *object)
{
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);

  json_node_take_object (node, object);

  return node;
}

static JsonNode *
run_status_busy (VtAgent *agent, JsonObject *arguments, GError **error)
{
  return to_node (begin_status (agent));
}

static JsonNode *
run_status (VtAgent *agent, JsonObject *arguments, GError **error)
{
  JsonObject *object = begin_status (agent);
  g_autoptr (GPtrArray) attributes = vt_engine_status (agent->engine);
  JsonObject *memory = describe_memory (agent->system.fs);

  vt_tune_set_attributes (object, attributes);
  json_object_set_array_member (object, "devices", list_devices (agent));
  if (memory != NULL)
    json_object_set_object_member (object, "memory", memory);
  json_object_set_array_member (object, "warnings", list_warnings (agent));

  return to_node (object);
}

/* Refuses settings that an active TuneD also sets. */
static gboolean
check_tuned (VtAgent *agent, const VtApplyRequest *request, GError **error)
{
  g_autoptr (VtTunedActive) tuned = vt_tuned_active_find (agent->system.fs);
  g_autoptr (VtProfile) profile = NULL;

  if (tuned == NULL || request->forced)
    return TRUE;
  if (request->settings != NULL && !vt_tuned_active_permits (tuned, request->settings, error))
    return FALSE;
  if (request->profile == NULL)
    return TRUE;

  profile = vt_profile_store_load (agent->profiles, request->profile, error);
  if (profile == NULL)
    return FALSE;

  for (guint i = 0; i < profile->layers->len; i++)
    {
      const VtProfileLayer *layer = g_ptr_array_index (profile->layers, i);

      if (!vt_tuned_active_permits (tuned, layer->settings, error))
        return FALSE;
    }

  return TRUE;
}

static gboolean
read_apply_flags (JsonObject *arguments, VtApplyRequest *request, GError **error)
{
  gint64 confirm_within = 0;

  if (!vt_json_get_bool (arguments, "dry-run", FALSE, &request->dry_run, error)
      || !vt_json_get_bool (arguments, "force", FALSE, &request->forced, error)
      || !vt_json_get_bool (arguments, "allow-absent", FALSE, &request->allow_absent, error)
      || !vt_json_get_bool (arguments, "transient", FALSE, &request->transient, error)
      || !vt_json_get_int (arguments, "confirm-within", FALSE, &confirm_within, error))
    return FALSE;

  request->confirm_within = request->dry_run ? 0 : (guint) confirm_within;
  return TRUE;
}

/* *@settings and *@hints: (transfer full): NULL where the request has none; @request uses them. */
static gboolean
read_apply (JsonObject *arguments,
            VtApplyRequest *request,
            VtSettings **settings,
            VtHints **hints,
            GError **error)
{
  JsonObject *document = NULL;
  JsonArray *array = NULL;

  if (!vt_json_get_string (arguments, "profile", FALSE, &request->profile, error)
      || !vt_json_get_object (arguments, "settings", FALSE, &document, error)
      || !vt_json_get_array (arguments, "hints", FALSE, &array, error)
      || !read_apply_flags (arguments, request, error))
    return FALSE;

  if (document != NULL && (*settings = vt_settings_from_json (document, error)) == NULL)
    return FALSE;
  if (array != NULL && (*hints = vt_hints_from_json (array, error)) == NULL)
    return FALSE;

  request->settings = *settings;
  request->hints = *hints;
  return TRUE;
}

/* Where it fails, the rows are the error's data. */
static JsonNode *
run_apply (VtAgent *agent, JsonObject *arguments, GError **error)
{
  g_autoptr (VtSettings) settings = NULL;
  g_autoptr (VtHints) hints = NULL;
  g_autoptr (VtReport) report = NULL;
  VtApplyRequest request = { NULL };

  if (!read_apply (arguments, &request, &settings, &hints, error)
      || !check_tuned (agent, &request, error))
    return NULL;
  if (vt_engine_apply (agent->engine, &request, &report, error))
    return vt_tune_apply_to_json (report, request.confirm_within);

  return report != NULL && report->rows->len > 0 ? vt_tune_rows_to_json (report) : NULL;
}

static JsonNode *
run_confirm (VtAgent *agent, JsonObject *arguments, GError **error)
{
  JsonObject *object;
  gint64 id = 0;

  if (!vt_json_get_int (arguments, "apply-id", TRUE, &id, error)
      || !vt_engine_confirm (agent->engine, (guint64) id, error))
    return NULL;

  object = json_object_new ();
  json_object_set_int_member (object, "apply-id", id);

  return to_node (object);
}

static JsonNode *
run_verify (VtAgent *agent, JsonObject *arguments, GError **error)
{
  g_autoptr (VtReport) report = NULL;

  if (!vt_engine_verify (agent->engine, &report, error))
    return NULL;

  return vt_tune_verify_to_json (report);
}

static JsonNode *
run_rollback (VtAgent *agent, JsonObject *arguments, GError **error)
{
  g_autoptr (VtReport) report = NULL;

  if (!vt_engine_rollback (agent->engine, &report, error))
    return NULL;

  vt_events_post (agent->events, "TUNE_ROLLED_BACK",
                  to_node (vt_tune_rolled_back_to_json (report, 0)));

  return vt_tune_rows_to_json (report);
}

static JsonNode *
run_profiles (VtAgent *agent, JsonObject *arguments, GError **error)
{
  g_autoptr (GPtrArray) infos = vt_profile_store_list (agent->profiles);
  g_autoptr (VtActive) active = vt_engine_ref_active (agent->engine);

  return vt_tune_profiles_to_json (infos, active);
}

/* The session subscribes the client. */
static JsonNode *
run_subscribe (VtAgent *agent, JsonObject *arguments, GError **error)
{
  JsonObject *object = json_object_new ();
  JsonArray *names = json_array_new ();

  for (const VtEventSpec *event = vt_schema_events; event->name != NULL; event++)
    json_array_add_string_element (names, event->name);
  json_object_set_array_member (object, "events", names);

  return to_node (object);
}

const VtCommand vt_commands_tune[] = {
  { "tune-apply", run_apply },
  { "tune-confirm", run_confirm },
  { "tune-profiles", run_profiles },
  { "tune-rollback", run_rollback },
  { "tune-status", run_status, run_status_busy },
  { "tune-subscribe", run_subscribe },
  { "tune-verify", run_verify },
  { NULL },
};
