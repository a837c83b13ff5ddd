/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host-shim/verbs/verbs.h"

#include "host-shim/shape.h"

static const char *const headings[] = { "COMMAND", "ENABLED", NULL };

static void
read_command (VtShape *shape, JsonObject *object, VtTable *table)
{
  const char *const cells[] = {
    vt_shape_string (shape, object, "name"),
    vt_shape_bool (shape, object, "enabled") ? "yes" : "no",
  };

  vt_table_add (table, cells);
}

static gboolean
run_info (VtRun *run, VtExit *ret_exit, GError **error)
{
  g_autoptr (JsonNode) ret = vt_run_call (run, "guest-info", NULL, error);
  g_autoptr (VtShape) shape = vt_shape_new ("guest-info");
  g_autoptr (VtTable) table = vt_table_new (headings);
  JsonObject *root;
  JsonArray *commands;
  const char *version;

  if (ret == NULL)
    return FALSE;
  root = vt_shape_root_object (shape, ret);
  version = vt_shape_string (shape, root, "version");
  commands = vt_shape_list (shape, root, "supported_commands");
  for (guint i = 0; i < json_array_get_length (commands); i++)
    read_command (shape, vt_shape_item (shape, commands, i), table);
  if (!vt_shape_check (shape, error))
    return FALSE;
  vt_output_line (run->output, "agent %s", version);
  vt_output_table (run->output, table);
  vt_run_print_json (run, ret);
  return TRUE;
}

const VtVerb vt_verb_info = {
  .name = "info",
  .arguments = "",
  .summary = "show the agent's version and commands",
  .run = run_info,
};
