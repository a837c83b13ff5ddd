/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host-shim/verb.h"

#include "host-shim/domain.h"
#include "host-shim/transport.h"
#include "host-shim/verbs/verbs.h"
#include "protocol/suggest.h"

const VtVerb *const vt_verbs[] = {
  &vt_verb_apply, &vt_verb_confirm,  &vt_verb_info,   &vt_verb_memory,
  &vt_verb_ping,  &vt_verb_profiles, &vt_verb_raw,    &vt_verb_rollback,
  &vt_verb_set,   &vt_verb_status,   &vt_verb_verify, NULL,
};

static char *
suggest_verb (const char *word)
{
  const char *names[G_N_ELEMENTS (vt_verbs)] = { NULL };

  for (guint i = 0; vt_verbs[i] != NULL; i++)
    names[i] = vt_verbs[i]->name;
  return vt_suggest (word, names);
}

const VtVerb *
vt_verb_find (const char *name, GError **error)
{
  g_autofree char *nearest = NULL;

  for (const VtVerb *const *verb = vt_verbs; *verb != NULL; verb++)
    if (g_str_equal ((*verb)->name, name))
      return *verb;
  nearest = suggest_verb (name);
  if (nearest != NULL)
    vt_exit_set (error, VT_EXIT_USAGE, "unknown verb '%s'; did you mean %s? See 'virt-tune --help'",
                 name, nearest);
  else
    vt_exit_set (error, VT_EXIT_USAGE, "unknown verb '%s'; see 'virt-tune --help'", name);
  return NULL;
}

static VtTransport *
open_transport (VtRun *run, gint64 deadline, GError **error)
{
  if (run->domain == NULL)
    return vt_transport_open_unix (run->options->socket, deadline, error);
  return vt_domain_open (run->options->uri, run->domain, deadline, error);
}

static gboolean
connect_once (VtRun *run, GError **error)
{
  gdouble timeout = run->options->timeout;
  gint64 deadline = g_get_monotonic_time () + (gint64) (timeout * G_USEC_PER_SEC);
  VtTransport *transport;

  if (run->session != NULL)
    return TRUE;
  transport = open_transport (run, deadline, error);
  if (transport != NULL)
    run->session = vt_session_new (transport, timeout, deadline, error);
  return run->session != NULL;
}

JsonNode *
vt_run_call (VtRun *run, const char *command, JsonNode *arguments, GError **error)
{
  g_autoptr (JsonNode) owned = arguments;

  g_clear_pointer (&run->fault_data, json_node_unref);
  if (!connect_once (run, error))
    return NULL;
  return vt_session_call (run->session, command, owned, &run->fault_data, error);
}

void
vt_run_print_json (VtRun *run, JsonNode *ret)
{
  if (run->options->json)
    vt_output_json (run->output, ret);
}
