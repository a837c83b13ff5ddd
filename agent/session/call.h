/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * From a frame to a call that may be run, and from its end to the line that
 * answers it. Whatever is wrong with a frame is answered by exactly one error
 * line, which bears the request's id where it had one. It knows no channel,
 * no thread and no order: when and where a call runs is the session's.
 */

#include <glib.h>

#include "agent/agent.h"
#include "agent/commands/command.h"
#include "agent/worker/activity.h"
#include "protocol/error.h"
#include "protocol/message.h"
#include "protocol/schema.h"

/* One request, held against the schema and the configuration. */
typedef struct
{
  const VtCommandSpec *spec;
  const VtCommand *command;
  VtRequest *request;
  gsize size; /* bytes of its frame */
} VtCall;

/* Returns: (transfer full): the call, or NULL with *@ret_line, (transfer full), the answer to it.
 */
VtCall *vt_call_accept (const VtCommandSet *allowed, const char *frame, gsize len, char **ret_line)
    G_GNUC_WARN_UNUSED_RESULT;
void vt_call_free (VtCall *call);

/* Whether it is answered from memory, on the main context. */
gboolean vt_call_is_instant (const VtCall *call);
/* Whether it changes the guest, or what is kept of it. */
gboolean vt_call_changes (const VtCall *call);
/* Whether nothing that was asked before it may be answered after it. */
gboolean vt_call_is_barrier (const VtCall *call);

/*
 * Runs it, where the schema's flags say it may run. @ret_fault, where not
 * NULL, is set where the answer is an error.
 * Returns: (transfer full): the answer
 */
char *vt_call_run (const VtCall *call, VtAgent *agent, GError **ret_fault);
/* The same by what the command can say at once while a change is under way. It must have run_busy.
 */
char *vt_call_run_busy (const VtCall *call, VtAgent *agent);

/* Counts and logs a change that is not run, because its sender has gone. */
void vt_call_note_dropped (const VtCall *call, VtActivity *activity);

/* The answer to a call that is not run. (transfer full) */
char *vt_call_refuse (const VtCall *call, const GError *fault);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtCall, vt_call_free)
