/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host-shim/verbs/change.h"

#include <string.h>

#include "host-shim/check.h"
#include "host-shim/report.h"
#include "host-shim/shape.h"
#include "protocol/error.h"

/* What needs no quotes in a shell. */
#define PLAIN_CHARACTERS G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "%+,-./:=@_"

/* An apply that the guest takes back unless it is confirmed. */
typedef struct
{
  VtRun *run;
  gint64 id;
  gint64 deadline; /* ours: a little before the guest's */
} Trial;

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
append_word (GString *line, const char *word)
{
  g_autofree char *quoted = NULL;

  if (word[strspn (word, PLAIN_CHARACTERS)] != '\0')
    quoted = g_shell_quote (word);
  g_string_append_printf (line, " %s", quoted != NULL ? quoted : word);
}

char *
vt_change_confirm_line (const VtRun *run, gint64 id)
{
  const VtOptions *options = run->options;
  GString *line = g_string_new ("virt-tune confirm");

  if (options->uri != NULL)
    {
      g_string_append (line, " -c");
      append_word (line, options->uri);
    }
  if (run->domain == NULL)
    g_string_append (line, " --socket");
  append_word (line, run->domain != NULL ? run->domain : options->socket);
  g_string_append_printf (line, " %" G_GINT64_FORMAT, id);
  return g_string_free (line, FALSE);
}

/* What a guest does by itself, and how it is kept from it. */
static char *
describe_trial (const VtRun *run, gint64 id, gint64 deadline)
{
  const gint64 left = MAX (deadline - g_get_monotonic_time (), 0);
  g_autofree char *how = vt_change_confirm_line (run, id);

  if (left == 0)
    return g_strdup_printf ("apply %" G_GINT64_FORMAT " goes back now", id);
  return g_strdup_printf ("apply %" G_GINT64_FORMAT " goes back in %" G_GINT64_FORMAT
                          " s unless it is confirmed: %s",
                          id, (left + G_USEC_PER_SEC - 1) / G_USEC_PER_SEC, how);
}

/* Whatever went wrong on the way: the apply is on trial, and that is to be known. */
static gboolean
fail_trial (const Trial *trial, const GError *cause, GError **error)
{
  g_autofree char *what = describe_trial (trial->run, trial->id, trial->deadline);

  if (g_error_matches (cause, VT_ERROR, VT_ERROR_INVALID_ARGUMENT))
    {
      g_propagate_error (error, g_error_copy (cause)); /* the agent's word: it is over already */
      return FALSE;
    }
  if (cause->domain == VT_ERROR)
    return vt_error_set (error, (VtErrorCode) cause->code, "%s; %s", cause->message, what);
  return vt_exit_set (error, vt_exit_code (cause), "%s; %s", cause->message, what);
}

/* The channel is left to others meanwhile: the check may want it. */
static gboolean
run_check (const Trial *trial, GStrv check, GError **error)
{
  VtCheckResult result = VT_CHECK_FAILED;

  g_clear_pointer (&trial->run->session, vt_session_free);
  if (!vt_check_run (check, trial->deadline, &result, error))
    return FALSE;
  return result == VT_CHECK_PASSED
         || vt_exit_set (error, VT_EXIT_FAILED, "the check %s",
                         result == VT_CHECK_FAILED ? "failed" : "took too long");
}

static gboolean
check_and_confirm (const Trial *trial, GStrv check, GError **error)
{
  g_autoptr (GError) cause = NULL;
  g_autoptr (JsonNode) ret = NULL;

  if (run_check (trial, check, &cause))
    ret = vt_change_confirm (trial->run, trial->id, &cause);
  if (ret == NULL)
    return fail_trial (trial, cause, error);
  vt_output_line (trial->run->output, "the check passed: apply %" G_GINT64_FORMAT " stays",
                  trial->id);
  return TRUE;
}

static gboolean
see_to_confirmation (VtRun *run, JsonNode *ret, GStrv check, gint64 deadline, GError **error)
{
  g_autoptr (VtShape) shape = vt_shape_new ("tune-apply");
  const Trial trial = {
    .run = run,
    .id = vt_shape_count (shape, vt_shape_root_object (shape, ret), "apply-id"),
    .deadline = deadline,
  };
  g_autofree char *what = NULL;

  if (!vt_shape_check (shape, error))
    return FALSE;
  if (check != NULL)
    return check_and_confirm (&trial, check, error);
  what = describe_trial (run, trial.id, deadline);
  vt_output_line (run->output, "%s", what);
  return TRUE;
}

/* The rows of an apply that failed go before the error. */
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
  if (options->confirm_within > 0 && !see_to_confirmation (run, ret, check, deadline, error))
    return FALSE;
  vt_run_print_json (run, ret);
  return TRUE;
}
