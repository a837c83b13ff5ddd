/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A call is a request that was checked against the schema and the
 * configuration. This module parses a frame to a call, executes it, and makes
 * the line that answers it. An invalid frame gets exactly one error line, with
 * the request's id if it had one. This module knows no channel and no thread;
 * the session decides when and where a call is executed.
 */

#include <glib.h>

#include "agent/agent.h"
#include "agent/commands/command.h"
#include "agent/worker/activity.h"
#include "protocol/error.h"
#include "protocol/message.h"
#include "protocol/schema.h"

typedef struct
{
  const VtCommandSpec *spec;
  const VtCommand *command;
  VtRequest *request;
  gsize size; /* bytes of its frame */
} VtCall;

/* Returns: (transfer full): the call; NULL: *@ret_line is the error line, (transfer full). */
VtCall *vt_call_parse (const VtCommandSet *allowed, const char *frame, gsize len, char **ret_line)
    G_GNUC_WARN_UNUSED_RESULT;
void vt_call_free (VtCall *call);

/* Whether the call reads and changes nothing in the guest, and is executed on the main context. */
gboolean vt_call_is_instant (const VtCall *call);
/* Whether the call changes the guest or the agent's stored state. */
gboolean vt_call_changes (const VtCall *call);
/* Whether all earlier requests must be answered before this call. */
gboolean vt_call_is_barrier (const VtCall *call);

/*
 * Executes the call on the thread that the schema's flags demand.
 * @ret_fault: set if the reply is an error; may be NULL.
 * Returns: (transfer full): the line of the reply
 */
char *vt_call_run (const VtCall *call, VtAgent *agent, GError **ret_fault);
/* Executes the call's run_busy on the main context: it answers what is known without the worker.
 * The command must have run_busy. Returns: (transfer full): the line of the reply */
char *vt_call_run_busy (const VtCall *call, VtAgent *agent);

/* Counts and logs a change that is not executed, because its sender has left. Does nothing for
 * other calls. */
void vt_call_record_dropped (const VtCall *call, VtActivity *activity);

/* Returns: (transfer full): the error line of a call that is not executed */
char *vt_call_to_error_line (const VtCall *call, const GError *fault);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtCall, vt_call_free)
