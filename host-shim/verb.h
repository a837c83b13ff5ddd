/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Verbs: what virt-tune can be asked. Each is a constant in a file of its
 * own under verbs/, all are listed in one sorted table. A verb checks its
 * arguments, asks the agent by vt_run_call() and fills the output; it opens
 * nothing and prints nothing itself.
 */

#include <glib.h>
#include <json-glib/json-glib.h>

#include "host-shim/exit.h"
#include "host-shim/options.h"
#include "host-shim/output.h"
#include "host-shim/session.h"

/* One run of one verb on one guest. */
typedef struct
{
  const VtOptions *options;
  const char *domain;           /* NULL with --socket */
  const char *const *arguments; /* behind verb and domain; ends with NULL */
  VtOutput *output;
  VtSession *session; /* NULL until the first call, when the time begins to run */
  JsonNode *done;     /* an object; set: it was carried out and said, even where the verb fails */
} VtRun;

/* *@ret_exit is VT_EXIT_OK beforehand; FALSE with @error for all that is no answer. */
typedef gboolean (*VtVerbRun) (VtRun *run, VtExit *ret_exit, GError **error);

typedef struct
{
  const char *name;
  const char *arguments; /* synopsis behind DOMAIN; "" for none */
  guint max_arguments;
  guint option_sets; /* of VtOptionSet */
  const char *summary;
  const char *details; /* NULL: the summary says it */
  VtVerbRun run;
} VtVerb;

/* Sorted by name; ends with NULL. */
extern const VtVerb *const vt_verbs[];

/* VT_EXIT_USAGE names the nearest known verbs. */
const VtVerb *vt_verb_find (const char *name, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/*
 * Asks the agent, connecting and synchronising before the first time.
 * @arguments: (transfer full) (nullable). Returns: (transfer full); errors as vt_session_call()'s.
 */
JsonNode *vt_run_call (VtRun *run, const char *command, JsonNode *arguments, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* The answer of a whole verb: as it came, where --format json asks for it. */
void vt_run_print_json (VtRun *run, JsonNode *ret);
