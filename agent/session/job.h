/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One call on its way through the worker. A change is marked as under way
 * from its begin to its end, one at a time, and its end is logged and told to
 * the server, whether or not anybody still waits for the answer. What may
 * be said without the worker is said when that is stuck for long. It knows no
 * channel.
 *
 * Main context only.
 */

#include <glib.h>

#include "agent/agent.h"
#include "agent/session/call.h"
#include "agent/worker/worker.h"

/* Shared by all sessions; outlives them and the worker. */
typedef struct
{
  VtAgent *agent;
  VtWorker *worker;
  /* After a command that changes things has ended; @done: its answer is no error. */
  void (*changed) (gboolean done, gpointer data);
  gpointer data;
} VtServer;

/* Lives until it has ended, or was abandoned before it began. */
typedef struct VtJob VtJob;

/* @line: (transfer full): the answer; NULL where the worker ended before it ran. */
typedef void (*VtJobEnded) (char *line, gpointer data);

/*
 * Takes @call where it begins.
 * Returns: the job, or NULL with VT_ERROR_BUSY, where another change is under way or too many
 * jobs wait.
 */
VtJob *vt_job_start (const VtServer *server,
                     VtCall *call,
                     VtJobEnded ended,
                     gpointer data,
                     GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* What @job's call counts for among the unanswered, in bytes. */
gsize vt_job_get_size (const VtJob *job);
/*
 * Nobody waits for the answer any more. What has begun ends; what has not is not run, and a change
 * counts as dropped.
 */
void vt_job_abandon (VtJob *job);
