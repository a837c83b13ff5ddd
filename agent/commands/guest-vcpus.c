/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/commands/command.h"
#include "agent/kernel/vcpus.h"
#include "protocol/json.h"

/* qga's vCPU commands, with qga's schema. */

static JsonNode *
vcpus_get (VtAgent *agent, JsonObject *arguments, GError **error)
{
  g_autoptr (GArray) vcpus = vt_vcpus_list (agent->system.fs, error);
  JsonNode *node;
  JsonArray *list;

  if (vcpus == NULL)
    return NULL;

  list = json_array_sized_new (vcpus->len);
  for (guint i = 0; i < vcpus->len; i++)
    {
      const VtVcpu *vcpu = &g_array_index (vcpus, VtVcpu, i);
      JsonObject *entry = json_object_new ();

      json_object_set_int_member (entry, "logical-id", (gint64) vcpu->id);
      json_object_set_boolean_member (entry, "online", vcpu->online);
      json_object_set_boolean_member (entry, "can-offline", vcpu->can_offline);
      json_array_add_object_element (list, entry);
    }

  node = json_node_new (JSON_NODE_ARRAY);
  json_node_take_array (node, list);
  return node;
}

static gboolean
vcpus_set_one (const VtKernelFs *fs, JsonObject *entry, GError **error)
{
  gboolean online = FALSE;
  gint64 id = 0;

  if (!vt_json_get_int (entry, "logical-id", TRUE, &id, error)
      || !vt_json_get_bool (entry, "online", TRUE, &online, error))
    return FALSE;

  return vt_vcpu_set (fs, (guint64) id, online, error);
}

/* Like qga, returns how many entries were done before the first failure; fails only if the first
 * entry failed. */
static JsonNode *
vcpus_set (VtAgent *agent, JsonObject *arguments, GError **error)
{
  g_autoptr (GError) fault = NULL;
  JsonNode *node;
  JsonArray *list;
  guint done = 0;

  if (!vt_json_get_array (arguments, "vcpus", TRUE, &list, error))
    return NULL;

  while (done < json_array_get_length (list)
         && vcpus_set_one (agent->system.fs, json_array_get_object_element (list, done), &fault))
    done++;

  if (fault != NULL && done == 0)
    {
      g_propagate_error (error, g_steal_pointer (&fault));
      return NULL;
    }

  node = json_node_new (JSON_NODE_VALUE);
  json_node_set_int (node, done);
  return node;
}

const VtCommand vt_commands_guest_vcpus[] = {
  { "guest-get-vcpus", vcpus_get },
  { "guest-set-vcpus", vcpus_set },
  { NULL },
};
