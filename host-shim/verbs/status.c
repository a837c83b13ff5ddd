/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host-shim/verbs/verbs.h"

#include "host-shim/shape.h"
#include "host-shim/size.h"
#include "protocol/json.h"

static const char *const device_headings[] = { "DEVICE", "SECTION", "KIND", "DETAIL", NULL };
static const char *const attribute_headings[]
    = { "KEY", "VALUE", "WANTED", "ORIGINAL", "ALLOWED", NULL };

/* What stands above the tables; texts are the shape's or the reply's. */
typedef struct
{
  const char *version;
  const char *profile;
  JsonObject *settings;
  JsonObject *transient;
  gint64 block_size, online, offline;
  gint64 last_id;
  const char *last_command, *last_result, *last_desc;
  const char *under_way;
  gint64 dropped;
  JsonArray *warnings;
} Summary;

static void
read_active (VtShape *shape, JsonObject *root, Summary *summary)
{
  JsonObject *active = vt_shape_object (shape, root, "active");

  summary->profile = vt_shape_optional_string (shape, active, "profile");
  summary->settings = vt_shape_optional_object (shape, active, "settings");
  summary->transient = vt_shape_optional_object (shape, active, "transient");
}

static void
read_memory (VtShape *shape, JsonObject *root, Summary *summary)
{
  JsonObject *memory = vt_shape_optional_object (shape, root, "memory");

  if (memory == NULL)
    return;
  summary->block_size = vt_shape_count (shape, memory, "block-size");
  summary->online = vt_shape_count (shape, memory, "online");
  summary->offline = vt_shape_count (shape, memory, "offline");
}

static void
read_changes (VtShape *shape, JsonObject *root, Summary *summary)
{
  JsonObject *changes = vt_shape_optional_object (shape, root, "changes");
  JsonObject *last = NULL, *under_way = NULL;

  if (changes != NULL)
    {
      last = vt_shape_optional_object (shape, changes, "last");
      under_way = vt_shape_optional_object (shape, changes, "under-way");
    }
  if (last != NULL)
    {
      summary->last_id = vt_shape_count (shape, last, "id");
      summary->last_command = vt_shape_string (shape, last, "command");
      summary->last_result = vt_shape_string (shape, last, "result");
      summary->last_desc = vt_shape_optional_string (shape, last, "desc");
    }
  if (under_way != NULL)
    summary->under_way = vt_shape_string (shape, under_way, "command");
}

static void
read_summary (VtShape *shape, JsonObject *root, Summary *summary)
{
  JsonObject *requests = vt_shape_optional_object (shape, root, "requests");

  summary->version = vt_shape_string (shape, root, "version");
  read_active (shape, root, summary);
  read_memory (shape, root, summary);
  read_changes (shape, root, summary);
  if (requests != NULL)
    summary->dropped = vt_shape_count (shape, requests, "dropped");
  summary->warnings = vt_shape_optional_list (shape, root, "warnings");
  for (guint i = 0; i < json_array_get_length (summary->warnings); i++)
    (void) vt_shape_item_string (shape, summary->warnings, i);
}

static void
read_devices (VtShape *shape, JsonObject *root, VtTable *table)
{
  JsonArray *devices = vt_shape_optional_list (shape, root, "devices");

  for (guint i = 0; i < json_array_get_length (devices); i++)
    {
      JsonObject *device = vt_shape_item (shape, devices, i);
      const char *const cells[] = {
        vt_shape_string (shape, device, "name"),
        vt_shape_string (shape, device, "section"),
        vt_shape_optional_string (shape, device, "kind"),
        vt_shape_optional_string (shape, device, "detail"),
      };

      vt_table_add (table, cells);
    }
}

/* Sysctls are many: without --all only those that matter here are listed. */
static gboolean
is_quiet_sysctl (JsonObject *attribute, const char *key)
{
  return key != NULL && g_str_has_prefix (key, "sysctl/")
         && !json_object_has_member (attribute, "wanted")
         && !json_object_has_member (attribute, "original");
}

/* Returns: how many were left out. */
static guint
read_attributes (VtShape *shape, JsonObject *root, gboolean all, VtTable *table)
{
  JsonArray *attributes = vt_shape_optional_list (shape, root, "attributes");
  guint n_hidden = 0;

  for (guint i = 0; i < json_array_get_length (attributes); i++)
    {
      JsonObject *attribute = vt_shape_item (shape, attributes, i);
      const char *const cells[] = {
        vt_shape_string (shape, attribute, "key"),
        vt_shape_optional_value (shape, attribute, "value"),
        vt_shape_optional_value (shape, attribute, "wanted"),
        vt_shape_optional_value (shape, attribute, "original"),
        vt_shape_optional_string (shape, attribute, "allowed"),
      };

      if (!all && is_quiet_sysctl (attribute, cells[0]))
        n_hidden++;
      else
        vt_table_add (table, cells);
    }
  return n_hidden;
}

static void
say_settings (VtOutput *output, const char *label, JsonObject *settings)
{
  g_autoptr (JsonNode) node = NULL;
  g_autofree char *text = NULL;

  if (settings == NULL || json_object_get_size (settings) == 0)
    return;
  node = json_node_init_object (json_node_alloc (), settings);
  text = vt_json_to_string (node);
  vt_output_line (output, "%-9s %s", label, text);
}

static void
say_memory (VtOutput *output, const Summary *summary)
{
  g_autofree char *block = vt_size_to_string ((guint64) summary->block_size);

  if (summary->block_size > 0)
    vt_output_line (
        output, "memory    %" G_GINT64_FORMAT " blocks of %s online, %" G_GINT64_FORMAT " offline",
        summary->online, block, summary->offline);
}

static void
say_changes (VtOutput *output, const Summary *summary)
{
  if (summary->under_way != NULL)
    vt_output_line (output, "under way %s", summary->under_way);
  if (summary->last_command != NULL)
    vt_output_line (output, "last      %s (%" G_GINT64_FORMAT "): %s%s%s", summary->last_command,
                    summary->last_id, summary->last_result, summary->last_desc != NULL ? ": " : "",
                    summary->last_desc != NULL ? summary->last_desc : "");
  if (summary->dropped > 0)
    vt_output_line (output, "dropped   %" G_GINT64_FORMAT " requests of clients that had gone",
                    summary->dropped);
}

static void
say_summary (VtOutput *output, const Summary *summary)
{
  vt_output_line (output, "agent     %s", summary->version);
  vt_output_line (output, "profile   %s", summary->profile != NULL ? summary->profile : "none");
  say_settings (output, "settings", summary->settings);
  say_settings (output, "transient", summary->transient);
  say_memory (output, summary);
  say_changes (output, summary);
  for (guint i = 0; i < json_array_get_length (summary->warnings); i++)
    vt_output_line (output, "warning   %s", json_array_get_string_element (summary->warnings, i));
}

static gboolean
run_status (VtRun *run, VtExit *ret_exit, GError **error)
{
  g_autoptr (JsonNode) ret = vt_run_call (run, "tune-status", NULL, error);
  g_autoptr (VtShape) shape = vt_shape_new ("tune-status");
  g_autoptr (VtTable) devices = vt_table_new (device_headings);
  g_autoptr (VtTable) attributes = vt_table_new (attribute_headings);
  Summary summary = { NULL };
  JsonObject *root;
  guint n_hidden;

  if (ret == NULL)
    return FALSE;
  root = vt_shape_root_object (shape, ret);
  read_summary (shape, root, &summary);
  read_devices (shape, root, devices);
  n_hidden = read_attributes (shape, root, run->options->all, attributes);
  if (!vt_shape_check (shape, error))
    return FALSE;
  say_summary (run->output, &summary);
  vt_output_table (run->output, devices);
  vt_output_table (run->output, attributes);
  if (n_hidden > 0)
    vt_output_line (run->output, "%u more sysctls can be set: --all lists them", n_hidden);
  vt_run_print_json (run, ret);
  return TRUE;
}

const VtVerb vt_verb_status = {
  .name = "status",
  .arguments = "",
  .option_sets = VT_OPTIONS_STATUS,
  .summary = "what is wanted, what is, and what could be",
  .details = "Shows the agent, its active profile and settings, warnings, the devices, and of\n"
             "each attribute its value, what is wanted of it, what it was before the first\n"
             "apply, and which values it takes. Sysctls that nothing is wanted of are counted,\n"
             "and listed with --all. While a change is under way it answers without values.",
  .run = run_status,
};
