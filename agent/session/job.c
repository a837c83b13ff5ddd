/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/session/job.h"

#include "agent/reporting/log.h"
#include "agent/worker/activity.h"

/* Seconds that a call with run_busy waits for the worker before run_busy answers it. */
#define BUSY_TIMEOUT 1

struct VtJob
{
  const VtServer *server;
  VtCall *call;
  VtJobFinishedFunc finished; /* NULL: nobody waits for the reply */
  gpointer data;
  guint busy_timeout; /* source; 0: none */
  gboolean ran;
  char *line;
  GError *fault;
};

static void
job_run (gpointer data)
{
  VtJob *job = data;

  job->line = vt_call_run (job->call, job->server->agent, &job->fault);
  job->ran = TRUE;
  if (vt_call_changes (job->call))
    vt_activity_end_change (job->server->agent->activity, job->fault);
}

static void
log_change (const VtJob *job)
{
  const char *name = job->call->spec->name;

  if (job->fault != NULL)
    vt_log_event (VT_LOG_REFUSED, "%s: %s", name, job->fault->message);
  else if (g_str_equal (name, "tune-rollback"))
    vt_log_event (VT_LOG_ROLLED_BACK, "%s: done", name);
  else if (g_str_equal (name, "tune-memory-online"))
    g_debug ("%s: done", name); /* a host that waits repeats this command */
  else
    vt_log_event (VT_LOG_APPLIED, "%s: done", name);
}

static void
job_free (VtJob *job)
{
  if (job->busy_timeout != 0)
    g_source_remove (job->busy_timeout);
  vt_call_free (job->call);
  g_free (job->line);
  g_clear_error (&job->fault);
  g_free (job);
}

static void
job_done (gpointer data)
{
  VtJob *job = data;

  if (job->ran && vt_call_changes (job->call))
    {
      log_change (job);
      job->server->changed (job->fault == NULL, job->server->data);
    }
  if (job->finished != NULL)
    job->finished (g_steal_pointer (&job->line), job->data);
  job_free (job);
}

static gboolean
on_busy_timeout (gpointer data)
{
  VtJob *job = data;

  job->busy_timeout = 0;
  if (!vt_worker_cancel (job->server->worker, job))
    return G_SOURCE_REMOVE;

  job->line = vt_call_run_busy (job->call, job->server->agent);
  job_done (job);

  return G_SOURCE_REMOVE;
}

VtJob *
vt_job_start (
    const VtServer *server, VtCall *call, VtJobFinishedFunc finished, gpointer data, GError **error)
{
  VtActivity *activity = server->agent->activity;
  g_autoptr (GError) fault = NULL;
  VtJob *job;

  if (vt_call_changes (call) && !vt_activity_begin_change (activity, call->spec->name))
    {
      vt_error_set (error, VT_ERROR_BUSY, "Another change is under way");
      return NULL;
    }

  job = g_new (VtJob, 1);
  *job = (VtJob){ .server = server, .call = call, .finished = finished, .data = data };
  if (vt_worker_push (server->worker, job_run, job_done, job))
    {
      if (call->command->run_busy != NULL)
        job->busy_timeout = g_timeout_add_seconds (BUSY_TIMEOUT, on_busy_timeout, job);
      return job;
    }

  vt_error_set (&fault, VT_ERROR_BUSY, "Too many requests wait for one that does not end");
  if (vt_call_changes (call))
    vt_activity_end_change (activity, fault);
  g_propagate_error (error, g_steal_pointer (&fault));
  g_free (job);

  return NULL;
}

gsize
vt_job_get_size (const VtJob *job)
{
  return job->call->size;
}

void
vt_job_cancel (VtJob *job)
{
  VtActivity *activity = job->server->agent->activity;

  job->finished = NULL;
  if (!vt_worker_cancel (job->server->worker, job))
    return;

  vt_call_record_dropped (job->call, activity);
  if (vt_call_changes (job->call))
    vt_activity_cancel_change (activity);
  job_free (job);
}
