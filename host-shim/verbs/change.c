/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host-shim/verbs/change.h"

#include <string.h>

#include "host-shim/check.h"
#include "host-shim/report.h"
#include "host-shim/shape.h"
#include "protocol/error.h"

/* Characters that need no quotes in a shell. */
#define PLAIN_CHARACTERS G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "%+,-./:=@_"

/* A provisional apply: the guest undoes it unless it is confirmed. */
typedef struct
{
  VtRun *run;
  gint64 id;
  gint64 deadline; /* on this host's clock; a little before the guest's */
} Provisional;

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
append_argument (GString *line, const char *argument)
{
  g_autofree char *quoted = NULL;

  if (argument[strspn (argument, PLAIN_CHARACTERS)] != '\0')
    quoted = g_shell_quote (argument);
  g_string_append_printf (line, " %s", quoted != NULL ? quoted : argument);
}

char *
vt_change_confirm_line (const VtRun *run, gint64 id)
{
  const VtOptions *options = run->options;
  GString *line = g_string_new ("virt-tune confirm");

  if (options->uri != NULL)
    {
      g_string_append (line, " -c");
      append_argument (line, options->uri);
    }
  if (run->domain == NULL)
    g_string_append (line, " --socket");
  append_argument (line, run->domain != NULL ? run->domain : options->socket);
  g_string_append_printf (line, " %" G_GINT64_FORMAT, id);
  return g_string_free (line, FALSE);
}

/* Tells when the guest undoes the apply, and which command confirms it. */
static char *
describe_deadline (const VtRun *run, gint64 id, gint64 deadline)
{
  const gint64 remaining = MAX (deadline - g_get_monotonic_time (), 0);
  g_autofree char *command = vt_change_confirm_line (run, id);

  if (remaining == 0)
    return g_strdup_printf ("apply %" G_GINT64_FORMAT " is undone now", id);
  return g_strdup_printf ("apply %" G_GINT64_FORMAT " is undone in %" G_GINT64_FORMAT
                          " s unless it is confirmed: %s",
                          id, (remaining + G_USEC_PER_SEC - 1) / G_USEC_PER_SEC, command);
}

/* The check or the confirmation failed. The error also tells when the guest undoes the apply. */
static gboolean
fail_unconfirmed (const Provisional *provisional, const GError *cause, GError **error)
{
  g_autofree char *what
      = describe_deadline (provisional->run, provisional->id, provisional->deadline);

  if (g_error_matches (cause, VT_ERROR, VT_ERROR_INVALID_ARGUMENT))
    {
      g_propagate_error (error,
                         g_error_copy (cause)); /* the agent says that it is undone already */
      return FALSE;
    }
  if (cause->domain == VT_ERROR)
    return vt_error_set (error, (VtErrorCode) cause->code, "%s; %s", cause->message, what);
  return vt_exit_set (error, vt_exit_code (cause), "%s; %s", cause->message, what);
}

/* Closes the channel before the check, because the check may use it. */
static gboolean
run_check (const Provisional *provisional, GStrv check, GError **error)
{
  VtCheckResult result = VT_CHECK_FAILED;

  g_clear_pointer (&provisional->run->session, vt_session_free);
  if (!vt_check_run (check, provisional->deadline, &result, error))
    return FALSE;
  return result == VT_CHECK_PASSED
         || vt_exit_set (error, VT_EXIT_FAILED, "the check %s",
                         result == VT_CHECK_FAILED ? "failed" : "took too long");
}

static gboolean
check_and_confirm (const Provisional *provisional, GStrv check, GError **error)
{
  g_autoptr (GError) cause = NULL;
  g_autoptr (JsonNode) ret = NULL;

  if (run_check (provisional, check, &cause))
    ret = vt_change_confirm (provisional->run, provisional->id, &cause);
  if (ret == NULL)
    return fail_unconfirmed (provisional, cause, error);
  vt_output_line (provisional->run->output,
                  "the check passed: apply %" G_GINT64_FORMAT " is confirmed", provisional->id);
  return TRUE;
}

static gboolean
handle_confirmation (VtRun *run, JsonNode *ret, GStrv check, gint64 deadline, GError **error)
{
  g_autoptr (VtShape) shape = vt_shape_new ("tune-apply");
  const Provisional provisional = {
    .run = run,
    .id = vt_shape_count (shape, vt_shape_root_object (shape, ret), "apply-id"),
    .deadline = deadline,
  };
  g_autofree char *what = NULL;

  if (!vt_shape_check (shape, error))
    return FALSE;
  if (check != NULL)
    return check_and_confirm (&provisional, check, error);
  what = describe_deadline (run, provisional.id, deadline);
  vt_output_line (run->output, "%s", what);
  return TRUE;
}

/* Prints the rows of an apply that failed before the error. */
static gboolean
report_failure (VtRun *run, GError *fault, GError **error)
{
  if (run->fault_data != NULL && !vt_report_failed_apply (run->output, run->fault_data, error))
    {
      g_error_free (fault);
      return FALSE;
    }

  g_propagate_error (error, fault);
  return FALSE;
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
  GError *fault = NULL;

  if (options->check != NULL && (check = vt_check_parse (options->check, error)) == NULL)
    return FALSE;
  ret = vt_run_call (run, "tune-apply", change_to_arguments (options, profile, settings), &fault);
  if (ret == NULL)
    return report_failure (run, fault, error);
  if (!vt_report_apply (run->output, ret, ret_exit, error))
    return FALSE;
  run->done = json_node_ref (ret);
  if (options->confirm_within > 0 && !handle_confirmation (run, ret, check, deadline, error))
    return FALSE;
  vt_run_print_json (run, ret);
  return TRUE;
}
