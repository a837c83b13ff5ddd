/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "protocol/schema.h"

#include <stdlib.h>
#include <string.h>

#include "protocol/error.h"
#include "protocol/json.h"

/* clang-format off */

static const VtMember sync_arguments[] = {
  { "id", VT_TYPE_INT, .required = TRUE, .summary = "a number that comes back" },
  { NULL }
};

static const VtMember memory_block_members[] = {
  { "phys-index", VT_TYPE_INT, .required = TRUE, .max = G_MAXINT64,
    .summary = "number of the block" },
  { "online", VT_TYPE_BOOL, .required = TRUE, .summary = "whether it shall be online" },
  { "can-offline", VT_TYPE_BOOL, .summary = "taken and not looked at" },
  { NULL }
};

static const VtMember set_memory_blocks_arguments[] = {
  { "mem-blks", VT_TYPE_LIST, .required = TRUE, .members = memory_block_members,
    .summary = "the blocks to change" },
  { NULL }
};

static const VtMember vcpu_members[] = {
  { "logical-id", VT_TYPE_INT, .required = TRUE, .max = G_MAXINT64,
    .summary = "number of the CPU" },
  { "online", VT_TYPE_BOOL, .required = TRUE, .summary = "whether it shall be online" },
  { "can-offline", VT_TYPE_BOOL, .summary = "taken and not looked at" },
  { NULL }
};

static const VtMember set_vcpus_arguments[] = {
  { "vcpus", VT_TYPE_LIST, .required = TRUE, .members = vcpu_members,
    .summary = "the CPUs to change" },
  { NULL }
};

static const VtMember hint_members[] = {
  { "serial", VT_TYPE_STRING, .summary = "the disk's serial number" },
  { "address", VT_TYPE_STRING, .summary = "or its PCI or SCSI address" },
  { "backing", VT_TYPE_STRING, .summary = "image, block, iscsi, lun or passthrough" },
  { "rotational", VT_TYPE_BOOL, .summary = "whether it turns, on the host" },
  { NULL }
};

static const VtMember apply_arguments[] = {
  { "profile", VT_TYPE_STRING, .summary = "name of a profile; replaces the one before" },
  { "settings", VT_TYPE_SETTINGS, .summary = "settings document; alone it merges key by key" },
  { "hints", VT_TYPE_LIST, .members = hint_members,
    .summary = "what the host knows of its disks; replaces what it said before" },
  { "dry-run", VT_TYPE_BOOL, .summary = "plan and answer, write nothing" },
  { "force", VT_TYPE_BOOL, .summary = "also what would be Refused" },
  { "allow-absent", VT_TYPE_BOOL,
    .summary = "a device named exactly may be absent, and gets its values when it comes" },
  { "transient", VT_TYPE_BOOL, .summary = "until the guest reboots" },
  { "confirm-within", VT_TYPE_INT, .min = 1, .max = 3600,
    .summary = "seconds (1 to 3600) after which all goes back unless tune-confirm came" },
  { NULL }
};

static const VtMember confirm_arguments[] = {
  { "apply-id", VT_TYPE_INT, .required = TRUE, .min = 1, .max = G_MAXINT64,
    .summary = "of the apply that is to stay" },
  { NULL }
};

static const VtMember memory_offline_arguments[] = {
  { "blocks", VT_TYPE_INT, .required = TRUE, .min = 1, .max = G_MAXINT32,
    .summary = "how many blocks to take offline, movable ones first" },
  { "movable-only", VT_TYPE_BOOL, .summary = "none but movable ones" },
  { "timeout", VT_TYPE_INT, .min = 1, .max = 10000,
    .summary = "milliseconds; 5000 where it is not given" },
  { NULL }
};

static const VtMember memory_online_arguments[] = {
  { "policy", VT_TYPE_STRING,
    .summary = "online, online_kernel or online_movable; else what the settings want" },
  { "blocks", VT_TYPE_INT, .min = 1, .max = G_MAXINT32,
    .summary = "how many blocks are to be online in the end; else those that are there" },
  { "timeout", VT_TYPE_INT, .min = 1, .max = 10000,
    .summary = "milliseconds to wait for blocks that are not there yet; 0 where it is not given" },
  { "held", VT_TYPE_BOOL, .summary = "also blocks that somebody took offline on purpose" },
  { "force", VT_TYPE_BOOL, .summary = "also more movable memory than is wise" },
  { NULL }
};

const VtCommandSpec vt_schema[] = {
  { "guest-get-memory-block-info", VT_COMMAND_READS, NULL,
    "size of the memory blocks",
    "{\"size\": bytes}" },
  { "guest-get-memory-blocks", VT_COMMAND_READS, NULL,
    "memory blocks and whether they are online",
    "[{\"phys-index\", \"online\", \"can-offline\"}, …]" },
  { "guest-get-vcpus", VT_COMMAND_READS, NULL,
    "CPUs and whether they are online",
    "[{\"logical-id\", \"online\", \"can-offline\"}, …]" },
  { "guest-info", VT_COMMAND_INSTANT, NULL,
    "version and commands of the agent",
    "{\"version\", \"supported_commands\": [{\"name\", \"enabled\", \"success-response\"}, …]}" },
  { "guest-ping", VT_COMMAND_INSTANT, NULL,
    "answers that the agent is there",
    "{}" },
  { "guest-set-memory-blocks", VT_COMMAND_CHANGES, set_memory_blocks_arguments,
    "brings memory blocks online or offline, each on its own",
    "[{\"phys-index\", \"response\", \"error-code\"}, …]" },
  { "guest-set-vcpus", VT_COMMAND_CHANGES, set_vcpus_arguments,
    "brings CPUs online or offline, in order, up to the first failure",
    "number of entries carried out" },
  { "guest-sync", VT_COMMAND_INSTANT | VT_COMMAND_BARRIER, sync_arguments,
    "finds the own place in the stream of replies",
    "the number that was given" },
  { "guest-sync-delimited", VT_COMMAND_INSTANT | VT_COMMAND_BARRIER | VT_COMMAND_DELIMITED,
    sync_arguments,
    "the same, with a 0xFF byte in front of the reply",
    "the number that was given" },
  { "tune-apply", VT_COMMAND_CHANGES, apply_arguments,
    "plans, checks and applies a profile, settings, or both: all or nothing",
    "{\"apply-id\", \"dry-run\", \"confirm-within\", \"attributes\": [row, …], \"ignored\": [text, …]}" },
  { "tune-confirm", VT_COMMAND_CHANGES, confirm_arguments,
    "makes stay what was applied with confirm-within",
    "{\"apply-id\"}" },
  { "tune-memory-offline", VT_COMMAND_CHANGES, memory_offline_arguments,
    "takes memory blocks offline before a host takes them away, within a time",
    "{\"offlined\", \"refused\", \"late\", \"unfinished\"}" },
  { "tune-memory-online", VT_COMMAND_CHANGES, memory_online_arguments,
    "brings every offline memory block online, and waits for those that are still to come",
    "{\"complete\", \"online\", \"offline\", \"onlined\", \"failed\", \"held\", \"misplaced\", \"refused\", \"reason\"}" },
  { "tune-memory-status", VT_COMMAND_READS, NULL,
    "memory blocks by state, node and zone; what is free; what the kernel refused",
    "{\"block-size\", \"available\", \"refused\", \"movable-room\", \"policy\", \"blocks\": [span, …]}" },
  { "tune-profiles", VT_COMMAND_READS, NULL,
    "profiles that the guest has",
    "[{\"name\", \"path\", \"summary\", \"active\"}, …]" },
  { "tune-rollback", VT_COMMAND_CHANGES, NULL,
    "puts the originals back and forgets profile and settings",
    "{\"attributes\": [row, …]}" },
  { "tune-status", VT_COMMAND_READS, NULL,
    "what is active, what each attribute reads, devices, memory, changes",
    "{\"version\", \"active\", \"attributes\": [row, …], \"devices\", \"memory\", \"changes\","
    " \"unconfirmed\", \"requests\", \"warnings\"}" },
  { "tune-subscribe", VT_COMMAND_SUBSCRIBES, NULL,
    "asks for events, up to the next guest-sync or the hang-up",
    "{\"events\": [name, …]}" },
  { "tune-verify", VT_COMMAND_READS, NULL,
    "holds what is wanted against what is",
    "{\"drift\", \"attributes\": [row, …]}" },
  { NULL }
};

const VtEventSpec vt_schema_events[] = {
  { "TUNE_DEVICE_TUNED", "a device came, or its environment changed, and values were written",
    "{\"section\", \"device\", \"attributes\": [row, …], \"more\"}" },
  { "TUNE_DRIFT", "something wanted could not be made so, or others insist on another value",
    "as `TUNE_DEVICE_TUNED` or `TUNE_MEMORY_ONLINED`" },
  { "TUNE_MEMORY_ONLINED", "plugged memory came online, by whomever; also on the way of `tune-memory-online`",
    "{\"wanted\", \"online\", \"failed\", \"misplaced\", \"reason\"}" },
  { "TUNE_READY", "the active settings were tried, at the agent's start or where that had to leave them",
    "{\"applied\", \"failed\"}" },
  { "TUNE_ROLLED_BACK", "the originals were put back, or an apply that was not confirmed in time was undone",
    "{\"restored\", \"failed\", \"apply-id\"}" },
  { NULL }
};

/* clang-format on */

#define N_COMMANDS (G_N_ELEMENTS (vt_schema) - 1)

static int
compare_name (const void *name, const void *spec)
{
  return strcmp (name, ((const VtCommandSpec *) spec)->name);
}

const VtCommandSpec *
vt_schema_find (const char *name)
{
  return bsearch (name, vt_schema, N_COMMANDS, sizeof vt_schema[0], compare_name);
}

static const VtMember *
find_member (const VtMember *members, const char *name)
{
  for (const VtMember *member = members; member != NULL && member->name != NULL; member++)
    {
      if (g_str_equal (member->name, name))
        return member;
    }

  return NULL;
}

static const char *
wanted_type (VtType type)
{
  switch (type)
    {
    case VT_TYPE_STRING:
      return "string";
    case VT_TYPE_INT:
      return "integer";
    case VT_TYPE_BOOL:
      return "boolean";
    case VT_TYPE_SETTINGS:
      return "object";
    case VT_TYPE_LIST:
    case VT_TYPE_STRINGS:
    default:
      return "array";
    }
}

static gboolean
check_type (JsonNode *node, const char *path, const char *wanted, GError **error)
{
  const char *found = vt_json_type_name (node);

  if (g_str_equal (found, wanted))
    return TRUE;

  return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT,
                       "Parameter '%s' is of type %s, expected: %s", path, found, wanted);
}

static gboolean
check_range (const VtMember *member, gint64 value, const char *path, GError **error)
{
  if ((member->min == 0 && member->max == 0) || (value >= member->min && value <= member->max))
    return TRUE;

  return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT,
                       "Parameter '%s' is %" G_GINT64_FORMAT ", expected: %" G_GINT64_FORMAT
                       " to %" G_GINT64_FORMAT,
                       path, value, member->min, member->max);
}

static gboolean
check_strings (JsonArray *array, const char *path, GError **error)
{
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      g_autofree char *item = g_strdup_printf ("%s[%u]", path, i);

      if (!check_type (json_array_get_element (array, i), item, "string", error))
        return FALSE;
    }

  return TRUE;
}

static gboolean
check_members (const VtMember *members, JsonObject *object, const char *path, GError **error);

static gboolean
check_list (const VtMember *members, JsonArray *array, const char *path, GError **error)
{
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      g_autofree char *item = g_strdup_printf ("%s[%u]", path, i);
      g_autofree char *lead = g_strconcat (item, ".", NULL);
      JsonNode *node = json_array_get_element (array, i);

      if (!check_type (node, item, "object", error)
          || !check_members (members, json_node_get_object (node), lead, error))
        return FALSE;
    }

  return TRUE;
}

static gboolean
check_value (const VtMember *member, JsonNode *node, const char *path, GError **error)
{
  if (!check_type (node, path, wanted_type (member->type), error))
    return FALSE;

  switch (member->type)
    {
    case VT_TYPE_INT:
      return check_range (member, json_node_get_int (node), path, error);
    case VT_TYPE_LIST:
      return check_list (member->members, json_node_get_array (node), path, error);
    case VT_TYPE_STRINGS:
      return check_strings (json_node_get_array (node), path, error);
    case VT_TYPE_STRING:
    case VT_TYPE_BOOL:
    case VT_TYPE_SETTINGS:
    default:
      return TRUE;
    }
}

static gboolean
check_given (const VtMember *members, JsonObject *object, const char *path, GError **error)
{
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;

  json_object_iter_init_ordered (&iter, object);
  while (json_object_iter_next_ordered (&iter, &name, &node))
    {
      const VtMember *member = find_member (members, name);
      g_autofree char *full = g_strconcat (path, name, NULL);

      if (member == NULL)
        return vt_error_set (error, VT_ERROR_GENERIC, "Parameter '%s' is unexpected", full);

      if (!check_value (member, node, full, error))
        return FALSE;
    }

  return TRUE;
}

static gboolean
check_missing (const VtMember *members, JsonObject *object, const char *path, GError **error)
{
  for (const VtMember *member = members; member != NULL && member->name != NULL; member++)
    {
      if (member->required && (object == NULL || !json_object_has_member (object, member->name)))
        return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT, "Parameter '%s%s' is missing", path,
                             member->name);
    }

  return TRUE;
}

/* @object: NULL is an empty one. @path: the prefix of a member's name in an error. */
static gboolean
check_members (const VtMember *members, JsonObject *object, const char *path, GError **error)
{
  return (object == NULL || check_given (members, object, path, error))
         && check_missing (members, object, path, error);
}

gboolean
vt_schema_check (const VtCommandSpec *spec, JsonObject *arguments, GError **error)
{
  return check_members (spec->arguments, arguments, "", error);
}
