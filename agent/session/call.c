/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/session/call.h"

#include "agent/commands/command-set.h"
#include "agent/reporting/log.h"
#include "protocol/json-tree.h"
#include "protocol/json.h"

/* First byte of the reply to guest-sync-delimited. No JSON text contains it. */
#define DELIMITER "\xff"

void
vt_call_free (VtCall *call)
{
  if (call == NULL)
    return;

  vt_request_free (call->request);
  g_free (call);
}

gboolean
vt_call_is_instant (const VtCall *call)
{
  return (call->spec->flags & (VT_COMMAND_READS | VT_COMMAND_CHANGES)) == 0;
}

gboolean
vt_call_changes (const VtCall *call)
{
  return (call->spec->flags & VT_COMMAND_CHANGES) != 0;
}

gboolean
vt_call_is_barrier (const VtCall *call)
{
  return (call->spec->flags & VT_COMMAND_BARRIER) != 0;
}

/* Finds the command of the request and checks its arguments. */
static gboolean
resolve (VtCall *call, const VtCommandSet *allowed, GError **error)
{
  const char *name = call->request->execute;

  call->spec = vt_schema_find (name);
  call->command = vt_command_find (name);
  if (call->spec == NULL || call->command == NULL)
    return vt_error_set (error, VT_ERROR_COMMAND_NOT_FOUND, "Command '%s' is unknown", name);
  /* Clients of qemu-ga know a disabled command by "has been disabled" (qapi/qmp-dispatch.c). */
  if (!vt_command_set_allows (allowed, name))
    return vt_error_set (error, VT_ERROR_COMMAND_NOT_FOUND,
                         "Command %s has been disabled by the agent's configuration", name);

  return vt_schema_check (call->spec, call->request->arguments, error);
}

VtCall *
vt_call_parse (const VtCommandSet *allowed, const char *frame, gsize len, char **ret_line)
{
  g_autoptr (GError) fault = NULL;
  g_autoptr (JsonNode) node = vt_json_tree_new (frame);
  g_autoptr (JsonNode) id = NULL;
  g_autoptr (VtCall) call = g_new0 (VtCall, 1);

  call->size = len;
  call->request = vt_request_from_json (node, &id, &fault);
  if (call->request != NULL && resolve (call, allowed, &fault))
    return g_steal_pointer (&call);

  *ret_line = vt_error_to_line (fault, NULL, call->request == NULL ? id : call->request->id);

  return NULL;
}

/* @ret: (transfer full): beside @fault, its data. Returns: (transfer full): the line of the reply
 */
static char *
make_reply (const VtCall *call, JsonNode *ret, const GError *fault)
{
  g_autoptr (JsonNode) owned G_GNUC_UNUSED = ret;
  g_autofree char *line = NULL;

  if (fault != NULL)
    return vt_error_to_line (fault, ret, call->request->id);

  line = vt_reply_to_line (ret, call->request->id);
  if ((call->spec->flags & VT_COMMAND_DELIMITED) == 0)
    return g_steal_pointer (&line);

  return g_strconcat (DELIMITER, line, NULL);
}

char *
vt_call_run (const VtCall *call, VtAgent *agent, GError **ret_fault)
{
  GError *fault = NULL;
  JsonNode *ret = call->command->run (agent, call->request->arguments, &fault);
  char *line = make_reply (call, ret, fault);

  if (fault != NULL)
    g_propagate_error (ret_fault, fault);

  return line;
}

char *
vt_call_run_busy (const VtCall *call, VtAgent *agent)
{
  g_autoptr (GError) fault = NULL;
  JsonNode *ret = call->command->run_busy (agent, call->request->arguments, &fault);

  return make_reply (call, ret, fault);
}

void
vt_call_record_dropped (const VtCall *call, VtActivity *activity)
{
  if (!vt_call_changes (call))
    return;

  vt_activity_count_dropped (activity);
  vt_log_event (VT_LOG_DROPPED, "%s was not run: its sender has left", call->spec->name);
}

char *
vt_call_to_error_line (const VtCall *call, const GError *fault)
{
  return vt_error_to_line (fault, NULL, call->request->id);
}
