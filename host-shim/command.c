/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host-shim/command.h"

#include <errno.h>
#include <string.h>

#include "host-shim/escape.h"
#include "host-shim/help.h"
#include "host-shim/options.h"
#include "host-shim/verb.h"
#include "protocol/error.h"

/* Longest message in bytes; a guest may send more, the rest is cut. */
#define MESSAGE_MAX 8192

static VtExit
write_text (const char *text, FILE *out, FILE *err)
{
  if (fputs (text, out) >= 0 && fflush (out) == 0)
    return VT_EXIT_OK;
  fprintf (err, "virt-tune: can't write the output: %s\n", g_strerror (errno));
  return VT_EXIT_FAILED;
}

static VtExit
flush_output (VtOutput *output, VtExit exit, FILE *out, FILE *err)
{
  if (vt_output_flush (output, out))
    return exit;
  fprintf (err, "virt-tune: can't write the output: %s\n", g_strerror (errno));
  return VT_EXIT_FAILED;
}

static JsonNode *
error_to_json (const GError *error)
{
  g_autoptr (JsonObject) object = json_object_new ();
  JsonObject *member = json_object_new ();
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);
  g_autofree char *desc = g_utf8_make_valid (error->message, -1); /* it may name a path */

  json_object_set_string_member (member, "class", vt_exit_class (error));
  json_object_set_string_member (member, "desc", desc);
  json_object_set_int_member (member, "exit", vt_exit_code (error));
  json_object_set_object_member (object, "error", member);
  json_node_set_object (node, object);
  return node;
}

/* Cuts @text, valid UTF-8, to at most MESSAGE_MAX bytes, between two characters. */
static void
cut_message (char *text)
{
  if (strlen (text) > MESSAGE_MAX)
    *g_utf8_find_prev_char (text, text + MESSAGE_MAX + 1) = '\0';
}

/* Prints the class in front of errors that the agent sent, so that they stand out from ours. */
static void
print_error (const GError *error, FILE *err)
{
  g_autofree char *safe = vt_escape (error->message);
  gboolean from_agent = error->domain != VT_EXIT_ERROR;

  cut_message (safe);
  fprintf (err, "virt-tune: %s%s%s\n", from_agent ? vt_exit_class (error) : "",
           from_agent ? ": " : "", safe);
}

static VtExit
fail (const GError *error, gboolean json, FILE *out, FILE *err)
{
  g_autoptr (VtOutput) output = vt_output_new (json);
  g_autoptr (JsonNode) node = error_to_json (error);

  print_error (error, err);
  if (json)
    vt_output_json (output, node);
  return flush_output (output, vt_exit_code (error), out, err);
}

/* The error as JSON, with the data that the agent sent; in one object with what was done before. */
static JsonNode *
run_error_to_json (VtRun *run, const GError *error)
{
  g_autoptr (JsonNode) node = error_to_json (error);
  JsonObject *root = json_node_get_object (node);

  if (run->fault_data != NULL && error->domain == VT_ERROR)
    json_object_set_member (json_object_get_object_member (root, "error"), "data",
                            json_node_copy (run->fault_data));
  if (run->done == NULL)
    return g_steal_pointer (&node);

  json_object_set_member (json_node_get_object (run->done), "error",
                          json_object_dup_member (root, "error"));
  return json_node_ref (run->done);
}

/* Prints @error, and what the verb has put out before it. */
static VtExit
fail_verb (VtRun *run, const GError *error, FILE *out, FILE *err)
{
  g_autoptr (JsonNode) node = run_error_to_json (run, error);

  print_error (error, err);
  if (run->done == NULL && run->fault_data == NULL)
    g_string_truncate (run->output->text, 0);
  if (run->options->json)
    vt_output_json (run->output, node);
  if (run->options->quiet && !run->options->json)
    return vt_exit_code (error);
  return flush_output (run->output, vt_exit_code (error), out, err);
}

static guint
count (const char *const *words)
{
  return g_strv_length ((char **) words);
}

/* Takes verb and domain from the front of the remaining arguments. */
static gboolean
read_target (VtRun *run, const VtVerb *verb, GError **error)
{
  const VtOptions *options = run->options;

  run->arguments = (const char *const *) options->rest + 1;
  if (!vt_options_check (options, verb->option_sets, verb->name, error))
    return FALSE;
  if (options->socket != NULL && options->uri != NULL)
    return vt_exit_set (error, VT_EXIT_USAGE, "--socket and --connect exclude each other");
  if (options->socket == NULL && *run->arguments == NULL)
    return vt_exit_set (
        error, VT_EXIT_USAGE,
        "no guest given: name a domain ('virt-tune %s DOMAIN') or give --socket PATH", verb->name);
  if (options->socket == NULL)
    run->domain = *run->arguments++;
  if (count (run->arguments) > verb->max_arguments)
    return vt_exit_set (
        error, VT_EXIT_USAGE, "unexpected argument '%s'%s; see 'virt-tune %s --help'",
        run->arguments[verb->max_arguments],
        options->socket != NULL ? " (--socket replaces the domain)" : "", verb->name);
  return TRUE;
}

static VtExit
run_verb (const VtVerb *verb, const VtOptions *options, FILE *out, FILE *err)
{
  g_autoptr (VtOutput) output = vt_output_new (options->json);
  g_autoptr (GError) error = NULL;
  VtExit exit = VT_EXIT_OK;
  VtRun run = { .options = options, .output = output };

  if (read_target (&run, verb, &error))
    (void) verb->run (&run, &exit, &error);
  g_clear_pointer (&run.session, vt_session_free);
  if (error != NULL)
    exit = fail_verb (&run, error, out, err);
  else if (!options->quiet)
    exit = flush_output (output, exit, out, err);
  g_clear_pointer (&run.done, json_node_unref);
  g_clear_pointer (&run.fault_data, json_node_unref);
  return exit;
}

static VtExit
run_options (const VtOptions *options, FILE *out, FILE *err)
{
  const char *name = options->rest[0];
  const VtVerb *verb = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *help = NULL;

  if (options->version)
    return write_text ("virt-tune " VT_VERSION "\n", out, err);
  if (name != NULL)
    verb = vt_verb_find (name, &error);
  if (options->help && error == NULL)
    {
      help = verb != NULL ? vt_help_verb (verb) : vt_help_general ();
      return write_text (help, out, err);
    }
  if (name == NULL)
    vt_exit_set (&error, VT_EXIT_USAGE, "no verb given; see 'virt-tune --help'");
  if (error != NULL)
    return fail (error, options->json, out, err);
  return run_verb (verb, options, out, err);
}

VtExit
vt_command_main (const char *const *argv, FILE *out, FILE *err)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VtOptions) options = vt_options_parse (argv, &error);

  if (options == NULL)
    return fail (error, FALSE, out, err);
  return run_options (options, out, err);
}
