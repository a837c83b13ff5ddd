/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A job executes one call on the worker's thread. At most one job that changes
 * the guest exists at a time; its result is logged and reported to the server,
 * also if nobody waits for the reply. If the worker is blocked for long, a
 * command that can answer without it does so. The job knows no channel.
 *
 * Main context only.
 */

#include <glib.h>

#include "agent/agent.h"
#include "agent/session/call.h"
#include "agent/worker/worker.h"

/* Shared by all sessions. Must outlive them and the worker. */
typedef struct
{
  VtAgent *agent;
  VtWorker *worker;
  /* Called after a command that changes the guest. @succeeded: its reply is no error. */
  void (*changed) (gboolean succeeded, gpointer data);
  gpointer data;
} VtServer;

/* Frees itself when it has finished, or when it is cancelled before it began. */
typedef struct VtJob VtJob;

/* @line: (transfer full): the reply; NULL: the worker ended before the job began. */
typedef void (*VtJobFinishedFunc) (char *line, gpointer data);

/*
 * Queues a job. @call: (transfer full) on success.
 * Returns: (transfer none): the job; NULL: VT_ERROR_BUSY: another change is
 * running, or too many jobs are queued.
 */
VtJob *vt_job_start (const VtServer *server,
                     VtCall *call,
                     VtJobFinishedFunc finished,
                     gpointer data,
                     GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Returns: the size of the job's call in bytes, as counted by vt_channel_add_request() */
gsize vt_job_get_size (const VtJob *job);
/*
 * Nobody waits for the reply any more. A job that is queued is removed, and a
 * change counts as dropped. A job that is running goes on; its reply is
 * discarded.
 */
void vt_job_cancel (VtJob *job);
