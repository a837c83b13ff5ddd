/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host-shim/verbs/change.h"

#include "host-shim/report.h"

gboolean
vt_change_add_assignments (VtSettings *settings, const char *const *assignments, GError **error)
{
  for (; *assignments != NULL; assignments++)
    {
      GError *cause = NULL;
      VtSetting *setting = vt_setting_parse (*assignments, &cause);

      if (setting == NULL)
        return vt_exit_wrap (error, VT_EXIT_USAGE, cause, "%s", "");
      vt_settings_set (settings, setting);
    }
  return TRUE;
}

static void
set_flag (JsonObject *arguments, const char *name, gboolean given)
{
  if (given)
    json_object_set_boolean_member (arguments, name, TRUE);
}

static JsonNode *
change_to_arguments (const VtOptions *options, const char *profile, const VtSettings *settings)
{
  g_autoptr (JsonObject) arguments = json_object_new ();
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);

  if (profile != NULL)
    json_object_set_string_member (arguments, "profile", profile);
  if (settings != NULL)
    json_object_set_member (arguments, "settings", vt_settings_to_json (settings));
  set_flag (arguments, "dry-run", options->dry_run);
  set_flag (arguments, "force", options->force);
  set_flag (arguments, "allow-absent", options->allow_absent);
  set_flag (arguments, "transient", options->transient);
  json_node_set_object (node, arguments);
  return node;
}

gboolean
vt_change_run (
    VtRun *run, const char *profile, const VtSettings *settings, VtExit *ret_exit, GError **error)
{
  JsonNode *arguments = change_to_arguments (run->options, profile, settings);
  g_autoptr (JsonNode) ret = vt_run_call (run, "tune-apply", arguments, error);

  if (ret == NULL || !vt_report_apply (run->output, ret, ret_exit, error))
    return FALSE;
  vt_run_print_json (run, ret);
  return TRUE;
}
