/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The verbs of the command line. Each verb is a constant in its own file
 * under verbs/; one sorted table lists all of them. A verb checks its
 * arguments, calls the agent with vt_run_call() and fills the output. It does
 * not print and opens no connection itself.
 */

#include <glib.h>
#include <json-glib/json-glib.h>

#include "host-shim/exit.h"
#include "host-shim/options.h"
#include "host-shim/output.h"
#include "host-shim/session.h"

/* The state of running one verb on one guest. */
typedef struct
{
  const VtOptions *options;
  const char *domain;           /* NULL with --socket */
  const char *const *arguments; /* after verb and domain; ends with NULL */
  VtOutput *output;
  VtSession *session;   /* NULL before the first call; --timeout counts from that call */
  JsonNode *done;       /* object, the reply to print; set when the guest was changed, even if the
                       verb fails afterwards */
  JsonNode *fault_data; /* what the agent sent with its last error; NULL: nothing */
} VtRun;

/* *@ret_exit is VT_EXIT_OK at the start. FALSE with @error: there is no answer to print. */
typedef gboolean (*VtVerbRun) (VtRun *run, VtExit *ret_exit, GError **error);

typedef struct
{
  const char *name;
  const char *arguments; /* synopsis after DOMAIN; "" for none */
  guint max_arguments;
  guint option_sets; /* of VtOptionSet */
  const char *summary;
  const char *details; /* text of --help; NULL: the summary */
  VtVerbRun run;
} VtVerb;

/* Sorted by name; ends with NULL. */
extern const VtVerb *const vt_verbs[];

/* VT_EXIT_USAGE if @name is no verb; the message names the nearest verbs. */
const VtVerb *vt_verb_find (const char *name, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/*
 * Calls @command of the agent; the first call connects and synchronises.
 * @arguments: (transfer full) (nullable)
 * Returns: (transfer full): the agent's return value; errors as in vt_session_call()
 */
JsonNode *vt_run_call (VtRun *run, const char *command, JsonNode *arguments, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* With --format json, outputs @ret, the agent's return value, unchanged. */
void vt_run_print_json (VtRun *run, JsonNode *ret);
