/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host-shim/verbs/verbs.h"

#include <string.h>

#include "protocol/json.h"
#include "protocol/message.h"

/* An 'id' is refused, because the session sets its own ids to match replies to requests. */
static VtRequest *
parse_request (const char *text, GError **error)
{
  g_autoptr (JsonNode) node = NULL;
  g_autoptr (JsonNode) id = NULL;
  g_autoptr (VtRequest) request = NULL;
  GError *cause = NULL;

  node = vt_json_parse (text, strlen (text), &vt_scanner_request_limits, &cause);
  if (node != NULL)
    request = vt_request_from_json (node, &id, &cause);
  if (request == NULL)
    {
      vt_exit_wrap (error, VT_EXIT_USAGE, cause, "not a valid request: ");
      return NULL;
    }
  if (request->id != NULL)
    {
      vt_exit_set (error, VT_EXIT_USAGE, "leave out 'id': virt-tune sets it");
      return NULL;
    }
  return g_steal_pointer (&request);
}

static JsonNode *
call_request (VtRun *run, const char *text, GError **error)
{
  g_autoptr (VtRequest) request = parse_request (text, error);
  JsonNode *arguments = NULL;

  if (request == NULL)
    return NULL;
  if (request->arguments != NULL)
    {
      arguments = json_node_new (JSON_NODE_OBJECT);
      json_node_set_object (arguments, request->arguments);
    }
  return vt_run_call (run, request->execute, arguments, error);
}

static gboolean
run_raw (VtRun *run, VtExit *ret_exit, GError **error)
{
  const char *text = *run->arguments;
  g_autoptr (JsonNode) ret = NULL;

  if (text == NULL || *text == '\0')
    return vt_exit_set (error, VT_EXIT_USAGE,
                        "raw needs the name of a command, or a request in JSON");
  if (strchr (text, '{') != NULL)
    ret = call_request (run, text, error);
  else
    ret = vt_run_call (run, text, NULL, error);
  if (ret == NULL)
    return FALSE;
  vt_output_json (run->output, ret);
  return TRUE;
}

const VtVerb vt_verb_raw = {
  .name = "raw",
  .arguments = "COMMAND|JSON",
  .max_arguments = 1,
  .summary = "send any command to the agent, and print its return value",
  .details = "Sends one command, given by its name or as a whole request, and prints its return\n"
             "value as JSON.\n"
             "\n"
             "  virt-tune raw web1 guest-get-vcpus\n"
             "  virt-tune raw web1 '{\"execute\": \"tune-apply\", \"arguments\": {\"profile\": "
             "\"virtual-guest\"}}'",
  .run = run_raw,
};
