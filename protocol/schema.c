/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "protocol/schema.h"

#include <stdlib.h>
#include <string.h>

#include "protocol/error.h"
#include "protocol/json.h"

/* clang-format off */

static const VtMember sync_arguments[] = {
  { "id", VT_TYPE_INT, .required = TRUE, .summary = "a number; the reply returns it" },
  { NULL }
};

static const VtMember memory_block_members[] = {
  { "phys-index", VT_TYPE_INT, .required = TRUE, .max = G_MAXINT64,
    .summary = "number of the block" },
  { "online", VT_TYPE_BOOL, .required = TRUE, .summary = "the wanted state" },
  { "can-offline", VT_TYPE_BOOL, .summary = "accepted and ignored" },
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
  { "online", VT_TYPE_BOOL, .required = TRUE, .summary = "the wanted state" },
  { "can-offline", VT_TYPE_BOOL, .summary = "accepted and ignored" },
  { NULL }
};

static const VtMember set_vcpus_arguments[] = {
  { "vcpus", VT_TYPE_LIST, .required = TRUE, .members = vcpu_members,
    .summary = "the CPUs to change" },
  { NULL }
};

static const VtMember hint_members[] = {
  { "serial", VT_TYPE_STRING, .summary = "the disk's serial number, not cut off; either this or `address`" },
  { "address", VT_TYPE_STRING, .summary = "the disk's PCI or SCSI address" },
  { "backing", VT_TYPE_STRING, .summary = "image, block, iscsi, lun or passthrough" },
  { "rotational", VT_TYPE_BOOL, .summary = "whether the host's disk rotates" },
  { NULL }
};

static const VtMember apply_arguments[] = {
  { "profile", VT_TYPE_STRING, .summary = "name of a profile; replaces the previous profile" },
  { "settings", VT_TYPE_SETTINGS, .summary = "settings document; without `profile` it is merged into the active settings, key by key" },
  { "hints", VT_TYPE_LIST, .members = hint_members,
    .summary = "how the disks are backed on the host; replaces earlier hints" },
  { "dry-run", VT_TYPE_BOOL, .summary = "only plan; write nothing" },
  { "force", VT_TYPE_BOOL, .summary = "apply even values that would be `Refused`" },
  { "allow-absent", VT_TYPE_BOOL,
    .summary = "a device that is named exactly may be absent; it gets its values when it appears" },
  { "transient", VT_TYPE_BOOL, .summary = "the change lasts until the guest reboots" },
  { "confirm-within", VT_TYPE_INT, .min = 1, .max = 3600,
    .summary = "undo the apply after so many seconds (1 to 3600) unless `tune-confirm` is called before" },
  { NULL }
};

static const VtMember confirm_arguments[] = {
  { "apply-id", VT_TYPE_INT, .required = TRUE, .min = 1, .max = G_MAXINT64,
    .summary = "id of the apply to keep" },
  { NULL }
};

static const VtMember memory_offline_arguments[] = {
  { "blocks", VT_TYPE_INT, .required = TRUE, .min = 1, .max = G_MAXINT32,
    .summary = "how many blocks to take offline, movable ones first" },
  { "movable-only", VT_TYPE_BOOL, .summary = "only movable blocks" },
  { "timeout", VT_TYPE_INT, .min = 1, .max = 10000,
    .summary = "time limit in milliseconds; default 5000" },
  { NULL }
};

static const VtMember memory_online_arguments[] = {
  { "policy", VT_TYPE_STRING,
    .summary = "online, online_kernel or online_movable; default: the policy of the settings" },
  { "blocks", VT_TYPE_INT, .min = 1, .max = G_MAXINT32,
    .summary = "how many blocks must be online in the end; default: all that exist" },
  { "timeout", VT_TYPE_INT, .min = 1, .max = 10000,
    .summary = "milliseconds to wait for blocks that don't exist yet; default 0" },
  { "held", VT_TYPE_BOOL, .summary = "include blocks that somebody took offline on purpose" },
  { "force", VT_TYPE_BOOL, .summary = "allow more movable memory than `auto_movable_ratio` does" },
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
    "checks that the agent answers",
    "{}" },
  { "guest-set-memory-blocks", VT_COMMAND_CHANGES, set_memory_blocks_arguments,
    "brings memory blocks online or offline, each on its own",
    "[{\"phys-index\", \"response\", \"error-code\"}, …]" },
  { "guest-set-vcpus", VT_COMMAND_CHANGES, set_vcpus_arguments,
    "brings CPUs online or offline, in order, up to the first failure",
    "number of entries that were carried out" },
  { "guest-sync", VT_COMMAND_INSTANT | VT_COMMAND_BARRIER, sync_arguments,
    "synchronises: replies to earlier requests precede this reply",
    "the given number" },
  { "guest-sync-delimited", VT_COMMAND_INSTANT | VT_COMMAND_BARRIER | VT_COMMAND_DELIMITED,
    sync_arguments,
    "the same as `guest-sync`, but a 0xFF byte precedes the reply",
    "the given number" },
  { "tune-apply", VT_COMMAND_CHANGES, apply_arguments,
    "plans, checks and applies a profile, settings, or both; applies either everything or nothing",
    "{\"apply-id\", \"dry-run\", \"confirm-within\", \"attributes\": [row, …], \"ignored\": [text, …]}" },
  { "tune-confirm", VT_COMMAND_CHANGES, confirm_arguments,
    "keeps an apply that `confirm-within` would undo",
    "{\"apply-id\"}" },
  { "tune-memory-offline", VT_COMMAND_CHANGES, memory_offline_arguments,
    "takes memory blocks offline before the host unplugs them, within a time limit",
    "{\"offlined\", \"refused\", \"late\", \"unfinished\"}" },
  { "tune-memory-online", VT_COMMAND_CHANGES, memory_online_arguments,
    "brings all offline memory blocks online, and waits for blocks that are still being plugged",
    "{\"complete\", \"online\", \"offline\", \"onlined\", \"failed\", \"held\", \"misplaced\", \"refused\", \"reason\"}" },
  { "tune-memory-status", VT_COMMAND_READS, NULL,
    "memory blocks by state, node and zone; available memory; memory devices that the kernel refused",
    "{\"block-size\", \"available\", \"refused\", \"movable-room\", \"policy\", \"blocks\": [span, …]}" },
  { "tune-profiles", VT_COMMAND_READS, NULL,
    "profiles that exist in the guest",
    "[{\"name\", \"path\", \"summary\", \"active\"}, …]" },
  { "tune-rollback", VT_COMMAND_CHANGES, NULL,
    "restores the original values, and removes profile and settings from the active state",
    "{\"attributes\": [row, …]}" },
  { "tune-status", VT_COMMAND_READS, NULL,
    "the active state, the value of each attribute, devices, memory, changes",
    "{\"version\", \"active\", \"attributes\": [row, …], \"devices\", \"memory\", \"changes\","
    " \"unconfirmed\", \"requests\", \"warnings\"}" },
  { "tune-subscribe", VT_COMMAND_SUBSCRIBES, NULL,
    "subscribes to events until the next `guest-sync` or until the host disconnects",
    "{\"events\": [name, …]}" },
  { "tune-verify", VT_COMMAND_READS, NULL,
    "compares the wanted values with the actual ones",
    "{\"drift\", \"attributes\": [row, …]}" },
  { NULL }
};

const VtEventSpec vt_schema_events[] = {
  { "TUNE_DEVICE_TUNED", "a device appeared, or something that its values depend on changed, and values were written",
    "{\"section\", \"device\", \"attributes\": [row, …], \"more\"}" },
  { "TUNE_DRIFT", "a wanted value could not be written, or another program keeps changing it",
    "as `TUNE_DEVICE_TUNED` or `TUNE_MEMORY_ONLINED`" },
  { "TUNE_MEMORY_ONLINED", "plugged memory came online, no matter who did it; also sent while `tune-memory-online` runs",
    "{\"wanted\", \"online\", \"failed\", \"misplaced\", \"reason\"}" },
  { "TUNE_READY", "the agent tried to apply the active settings, at its start or again later after that failed",
    "{\"applied\", \"failed\"}" },
  { "TUNE_ROLLED_BACK", "the original values were restored, or an apply that was not confirmed in time was undone",
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
