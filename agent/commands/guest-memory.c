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

/* qga's memory commands, by qga's schema; what is onlined goes to the zone that the settings want.
 */

/* All blocks of a request together, to go offline: hosts wait longer for an answer. */
#define OFFLINE_PATIENCE (15 * G_USEC_PER_SEC)

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

/* A kernel without memory hot-plug has no blocks: an empty list, as qga's. */
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

/* By the schema (qemu's qga/qapi-schema.json), each failure tells its errno. */
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
} Wish;

/* All wishes are read before the first is fulfilled. */
static GArray *
memory_wishes (JsonArray *list, GError **error)
{
  g_autoptr (GArray) wishes = g_array_new (FALSE, FALSE, sizeof (Wish));

  for (guint i = 0; i < json_array_get_length (list); i++)
    {
      JsonObject *entry = json_array_get_object_element (list, i);
      Wish wish = { 0 };

      if (!vt_json_get_int (entry, "phys-index", TRUE, &wish.index, error)
          || !vt_json_get_bool (entry, "online", TRUE, &wish.online, error))
        return NULL;
      g_array_append_val (wishes, wish);
    }
  return g_steal_pointer (&wishes);
}

static guint64
memory_count_coming (const VtKernelFs *fs, const GArray *wishes)
{
  guint64 n = 0;

  for (guint i = 0; i < wishes->len; i++)
    {
      const Wish *wish = &g_array_index (wishes, Wish, i);
      gboolean online = TRUE;

      if (wish->online && vt_memory_block_read_online (fs, (guint64) wish->index, &online) == 0)
        n += !online;
    }
  return n;
}

/* As a sweep does it: what may not be movable together goes to the kernel's zone. */
static const char *
memory_word_within_ratio (const VtKernelFs *fs, const GArray *wishes)
{
  g_autoptr (GError) error = NULL;
  VtMovableMemory movable = { 0 };

  if (vt_movable_memory_read (fs, NULL, NULL, &movable, &error)
      && vt_movable_memory_check (&movable, memory_count_coming (fs, wishes), &error))
    return "online_movable";

  vt_log_event (VT_LOG_DRIFT, "memory blocks go to the kernel's zone: %s", error->message);
  return "online_kernel";
}

/* The settings' word where it asks for onlining, else the host's wish as it stands. */
static const char *
memory_word (VtAgent *agent, const GArray *wishes)
{
  g_autofree char *word = vt_engine_get_wanted (agent->engine, "memory/auto_online_blocks");

  if (g_strcmp0 (word, "online_movable") == 0)
    return memory_word_within_ratio (agent->system.fs, wishes);
  return g_strcmp0 (word, "online_kernel") == 0 ? "online_kernel" : "online";
}

/* What somebody takes offline here stays so, until somebody here wants it back. */
static int
memory_set_one (VtAgent *agent, const Wish *wish, const char *word, gint64 end)
{
  const VtKernelFs *fs = agent->system.fs;
  guint64 index = (guint64) wish->index;
  int r;

  if (wish->online)
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
  gint64 end = g_get_monotonic_time () + OFFLINE_PATIENCE;
  g_autoptr (GArray) wishes = NULL;
  const char *word;
  JsonArray *list;
  JsonArray *responses;

  if (!vt_json_get_array (arguments, "mem-blks", TRUE, &list, error))
    return NULL;

  wishes = memory_wishes (list, error);
  if (wishes == NULL)
    return NULL;

  word = memory_word (agent, wishes);
  responses = json_array_sized_new (wishes->len);
  for (guint i = 0; i < wishes->len; i++)
    {
      const Wish *wish = &g_array_index (wishes, Wish, i);
      int r = memory_set_one (agent, wish, word, end);

      json_array_add_object_element (responses, memory_response (wish->index, r, has_blocks));
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
