/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host-shim/verbs/verbs.h"

#include "host-shim/shape.h"

static const char *const headings[] = { "", "PROFILE", "SUMMARY", "PATH", NULL };

static void
read_profile (VtShape *shape, JsonObject *object, VtTable *table)
{
  const char *cells[G_N_ELEMENTS (headings) - 1];

  cells[0] = vt_shape_bool (shape, object, "active") ? "*" : NULL;
  cells[1] = vt_shape_string (shape, object, "name");
  cells[2] = vt_shape_optional_string (shape, object, "summary");
  cells[3] = vt_shape_optional_string (shape, object, "path");
  vt_table_add (table, cells);
}

static gboolean
run_profiles (VtRun *run, VtExit *ret_exit, GError **error)
{
  g_autoptr (JsonNode) ret = vt_run_call (run, "tune-profiles", NULL, error);
  g_autoptr (VtShape) shape = vt_shape_new ("tune-profiles");
  g_autoptr (VtTable) table = vt_table_new (headings);
  JsonArray *profiles;

  if (ret == NULL)
    return FALSE;
  profiles = vt_shape_root_list (shape, ret);
  for (guint i = 0; i < json_array_get_length (profiles); i++)
    read_profile (shape, vt_shape_item (shape, profiles, i), table);
  if (!vt_shape_check (shape, error))
    return FALSE;
  vt_output_table (run->output, table);
  if (vt_table_n_rows (table) == 0)
    vt_output_line (run->output, "the guest has no profile");
  vt_run_print_json (run, ret);
  return TRUE;
}

const VtVerb vt_verb_profiles = {
  .name = "profiles",
  .arguments = "",
  .summary = "list the guest's profiles",
  .details = "Lists the profiles that the agent finds in the guest. An asterisk marks the active\n"
             "one.",
  .run = run_profiles,
};
