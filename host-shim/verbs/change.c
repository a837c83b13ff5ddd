/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host-shim/verbs/change.h"

#include "host-shim/check.h"
#include "host-shim/report.h"
#include "host-shim/shape.h"

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
  if (options->confirm_within > 0)
    json_object_set_int_member (arguments, "confirm-within", options->confirm_within);
  json_node_set_object (node, arguments);
  return node;
}

JsonNode *
vt_change_confirm (VtRun *run, gint64 id, GError **error)
{
  JsonObject *arguments = json_object_new ();
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);

  json_object_set_int_member (arguments, "apply-id", id);
  json_node_take_object (node, arguments);
  return vt_run_call (run, "tune-confirm", node, error);
}

static void
say_waiting (VtRun *run, gint64 id)
{
  vt_output_line (run->output,
                  "it goes back in %u s unless it is confirmed: virt-tune confirm %s%s "
                  "%" G_GINT64_FORMAT,
                  run->options->confirm_within, run->domain == NULL ? "--socket " : "",
                  run->domain != NULL ? run->domain : run->options->socket, id);
}

/* The channel is left to others meanwhile: the check may want it. */
static gboolean
check_and_confirm (
    VtRun *run, gint64 id, GStrv check, gint64 deadline, VtExit *ret_exit, GError **error)
{
  VtCheckResult result = VT_CHECK_FAILED;
  g_autoptr (JsonNode) ret = NULL;

  g_clear_pointer (&run->session, vt_session_free);
  if (!vt_check_run (check, deadline, &result, error))
    return FALSE;
  if (result != VT_CHECK_PASSED)
    {
      vt_output_line (run->output, "the check %s: the guest puts all back within %u s",
                      result == VT_CHECK_FAILED ? "failed" : "took too long",
                      run->options->confirm_within);
      *ret_exit = VT_EXIT_FAILED;
      return TRUE;
    }
  ret = vt_change_confirm (run, id, error);
  if (ret == NULL)
    return FALSE;
  vt_output_line (run->output, "the check passed: apply %" G_GINT64_FORMAT " stays", id);
  return TRUE;
}

static gboolean
see_to_confirmation (
    VtRun *run, JsonNode *ret, GStrv check, gint64 deadline, VtExit *ret_exit, GError **error)
{
  g_autoptr (VtShape) shape = vt_shape_new ("tune-apply");
  gint64 id = vt_shape_count (shape, vt_shape_root_object (shape, ret), "apply-id");

  if (!vt_shape_check (shape, error))
    return FALSE;
  if (check != NULL)
    return check_and_confirm (run, id, check, deadline, ret_exit, error);
  say_waiting (run, id);
  return TRUE;
}

gboolean
vt_change_run (
    VtRun *run, const char *profile, const VtSettings *settings, VtExit *ret_exit, GError **error)
{
  const VtOptions *options = run->options;
  const gint64 deadline
      = g_get_monotonic_time () + (gint64) options->confirm_within * G_USEC_PER_SEC;
  g_auto (GStrv) check = NULL;
  g_autoptr (JsonNode) ret = NULL;

  if (options->check != NULL && (check = vt_check_parse (options->check, error)) == NULL)
    return FALSE;
  ret = vt_run_call (run, "tune-apply", change_to_arguments (options, profile, settings), error);
  if (ret == NULL || !vt_report_apply (run->output, ret, ret_exit, error))
    return FALSE;
  if (options->confirm_within > 0
      && !see_to_confirmation (run, ret, check, deadline, ret_exit, error))
    return FALSE;
  vt_run_print_json (run, ret);
  return TRUE;
}
