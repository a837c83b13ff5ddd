/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * qga's commands about the channel itself, with qga's schema: sync, ping, info.
 */

#include "config.h"

#include "agent/commands/command.h"

#include "agent/commands/command-set.h"
#include "protocol/json.h"
#include "protocol/schema.h"

static JsonNode *
run_sync (VtAgent *agent, JsonObject *arguments, GError **error)
{
  JsonNode *node;
  gint64 id;

  if (!vt_json_get_int (arguments, "id", TRUE, &id, error))
    return NULL;

  node = json_node_new (JSON_NODE_VALUE);
  json_node_set_int (node, id);

  return node;
}

static JsonNode *
run_ping (VtAgent *agent, JsonObject *arguments, GError **error)
{
  return NULL;
}

static JsonNode *
run_info (VtAgent *agent, JsonObject *arguments, GError **error)
{
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);
  JsonObject *info = json_object_new ();
  JsonArray *commands = json_array_new ();

  for (const VtCommandSpec *spec = vt_schema; spec->name != NULL; spec++)
    {
      JsonObject *command = json_object_new ();

      json_object_set_string_member (command, "name", spec->name);
      json_object_set_boolean_member (command, "enabled",
                                      vt_command_set_allows (agent->allowed, spec->name));
      json_object_set_boolean_member (command, "success-response", TRUE);
      json_array_add_object_element (commands, command);
    }
  json_object_set_string_member (info, "version", VT_VERSION);
  json_object_set_array_member (info, "supported_commands", commands);
  json_node_take_object (node, info);

  return node;
}

const VtCommand vt_commands_guest[] = {
  { "guest-info", run_info, NULL },
  { "guest-ping", run_ping, NULL },
  { "guest-sync", run_sync, NULL },
  { "guest-sync-delimited", run_sync, NULL },
  { NULL },
};
