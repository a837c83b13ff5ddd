/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <errno.h>

#include "agent/commands/command.h"
#include "agent/engine/engine.h"
#include "agent/hotplug/memory-tracker.h"
#include "agent/kernel/memory-offline.h"
#include "agent/kernel/movable-memory.h"
#include "agent/reporting/log.h"
#include "protocol/error.h"
#include "protocol/json.h"

/*
 * qga's memory commands, with qga's schema. Blocks that are brought online go to the zone that the
 * settings name.
 */

/* Limit for all blocks of one request to go offline. Hosts wait longer than this for a reply. */
#define OFFLINE_TIMEOUT (15 * G_USEC_PER_SEC)

static JsonNode *
memory_node (JsonArray *list)
{
  JsonNode *node = json_node_new (JSON_NODE_ARRAY);

  json_node_take_array (node, list);
  return node;
}

static JsonObject *
memory_block_entry (const VtMemoryBlock *block)
{
  JsonObject *entry = json_object_new ();

  json_object_set_int_member (entry, "phys-index", (gint64) block->index);
  json_object_set_boolean_member (entry, "online", block->online);
  json_object_set_boolean_member (entry, "can-offline", block->can_offline);
  return entry;
}

/* Like qga, returns an empty list if the kernel has no memory hot-plug. */
static JsonNode *
memory_get (VtAgent *agent, JsonObject *arguments, GError **error)
{
  g_autoptr (GError) fault = NULL;
  g_autoptr (GArray) blocks = vt_memory_blocks_list (agent->system.fs, &fault);
  JsonArray *list;

  if (blocks == NULL && !g_error_matches (fault, VT_ERROR, VT_ERROR_NOT_OFFERED))
    {
      g_propagate_error (error, g_steal_pointer (&fault));
      return NULL;
    }

  list = json_array_new ();
  for (guint i = 0; blocks != NULL && i < blocks->len; i++)
    json_array_add_object_element (list,
                                   memory_block_entry (&g_array_index (blocks, VtMemoryBlock, i)));
  return memory_node (list);
}

static JsonNode *
memory_info (VtAgent *agent, JsonObject *arguments, GError **error)
{
  JsonNode *node;
  JsonObject *info;
  guint64 size;

  if (!vt_memory_block_size (agent->system.fs, &size, error))
    return NULL;

  info = json_object_new ();
  json_object_set_int_member (info, "size", (gint64) size);
  node = json_node_new (JSON_NODE_OBJECT);
  json_node_take_object (node, info);
  return node;
}

/* The schema (qemu's qga/qapi-schema.json) wants the errno of each failure. */
static JsonObject *
memory_response (gint64 index, int r, gboolean has_blocks)
{
  JsonObject *response = json_object_new ();
  const char *word = "operation-failed";

  if (r == 0)
    word = "success";
  else if (r == -EOPNOTSUPP || !has_blocks)
    word = "operation-not-supported";
  else if (r == -ENOENT || r == -ENODEV)
    word = "not-found";

  json_object_set_int_member (response, "phys-index", index);
  json_object_set_string_member (response, "response", word);
  if (r != 0)
    json_object_set_int_member (response, "error-code", -r);
  return response;
}

typedef struct
{
  gint64 index;
  gboolean online;
} BlockRequest;

/* Reads all requests before the first is carried out. */
static GArray *
memory_read_requests (JsonArray *list, GError **error)
{
  g_autoptr (GArray) requests = g_array_new (FALSE, FALSE, sizeof (BlockRequest));

  for (guint i = 0; i < json_array_get_length (list); i++)
    {
      JsonObject *entry = json_array_get_object_element (list, i);
      BlockRequest request = { 0 };

      if (!vt_json_get_int (entry, "phys-index", TRUE, &request.index, error)
          || !vt_json_get_bool (entry, "online", TRUE, &request.online, error))
        return NULL;
      g_array_append_val (requests, request);
    }
  return g_steal_pointer (&requests);
}

static guint64
memory_count_to_online (const VtKernelFs *fs, const GArray *requests)
{
  guint64 n = 0;

  for (guint i = 0; i < requests->len; i++)
    {
      const BlockRequest *request = &g_array_index (requests, BlockRequest, i);
      gboolean online = TRUE;

      if (request->online
          && vt_memory_block_read_online (fs, (guint64) request->index, &online) == 0)
        n += !online;
    }
  return n;
}

/* Like a sweep, chooses the kernel's zone for all blocks if ZONE_MOVABLE would get too large. */
static const char *
memory_choose_zone (const VtKernelFs *fs, const GArray *requests)
{
  g_autoptr (GError) error = NULL;
  VtMovableMemory movable = { 0 };

  if (vt_movable_memory_read (fs, NULL, NULL, &movable, &error)
      && vt_movable_memory_check (&movable, memory_count_to_online (fs, requests), &error))
    return "online_movable";

  vt_log_event (VT_LOG_DRIFT, "memory blocks go to the kernel's zone: %s", error->message);
  return "online_kernel";
}

/* The policy of the settings if it brings blocks online, else plain "online". */
static const char *
memory_choose_policy (VtAgent *agent, const GArray *requests)
{
  g_autofree char *word = vt_engine_get_wanted (agent->engine, "memory/auto_online_blocks");

  if (g_strcmp0 (word, "online_movable") == 0)
    return memory_choose_zone (agent->system.fs, requests);
  return g_strcmp0 (word, "online_kernel") == 0 ? "online_kernel" : "online";
}

/* A block that a host takes offline stays offline until a host brings it online again. */
static int
memory_set_one (VtAgent *agent, const BlockRequest *request, const char *word, gint64 end)
{
  const VtKernelFs *fs = agent->system.fs;
  guint64 index = (guint64) request->index;
  int r;

  if (request->online)
    {
      r = vt_memory_block_set (fs, index, TRUE, word);
      if (r == 0)
        vt_memory_tracker_release (agent->memory_tracker, index);
      return r;
    }

  r = vt_memory_offline_block (fs, index, agent->syscall_timeout, end);
  if (r == 0)
    vt_memory_tracker_hold (agent->memory_tracker, index);
  return r;
}

static JsonNode *
memory_set (VtAgent *agent, JsonObject *arguments, GError **error)
{
  gboolean has_blocks = vt_kernel_fs_exists (agent->system.fs, "sys/devices/system/memory");
  gint64 end = g_get_monotonic_time () + OFFLINE_TIMEOUT;
  g_autoptr (GArray) requests = NULL;
  const char *word;
  JsonArray *list;
  JsonArray *responses;

  if (!vt_json_get_array (arguments, "mem-blks", TRUE, &list, error))
    return NULL;

  requests = memory_read_requests (list, error);
  if (requests == NULL)
    return NULL;

  word = memory_choose_policy (agent, requests);
  responses = json_array_sized_new (requests->len);
  for (guint i = 0; i < requests->len; i++)
    {
      const BlockRequest *request = &g_array_index (requests, BlockRequest, i);
      int r = memory_set_one (agent, request, word, end);

      json_array_add_object_element (responses, memory_response (request->index, r, has_blocks));
    }
  vt_memory_tracker_save (agent->memory_tracker);
  return memory_node (responses);
}

const VtCommand vt_commands_guest_memory[] = {
  { "guest-get-memory-blocks", memory_get },
  { "guest-get-memory-block-info", memory_info },
  { "guest-set-memory-blocks", memory_set },
  { NULL },
};
