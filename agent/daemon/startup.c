/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/daemon/startup.h"

#include "agent/daemon/announce.h"
#include "agent/engine/engine.h"
#include "agent/reporting/notify.h"
#include "agent/worker/activity.h"

/* READY=1 is sent after this time even if a device does not respond. */
#define READY_WITHIN_SECONDS 5

struct VtStartup
{
  const VtAgent *agent;
  void (*done) (gpointer data);
  gpointer data;
  guint timeout; /* source id; 0: READY=1 was sent */
  VtReport *report;
  GError *fault;
};

static void
stop_timeout (VtStartup *startup)
{
  if (startup->timeout != 0)
    g_source_remove (startup->timeout);
  startup->timeout = 0;
}

static gboolean
on_timeout (gpointer data)
{
  VtStartup *startup = data;

  g_warning ("the active settings are still being applied after %d s", READY_WITHIN_SECONDS);
  startup->timeout = 0;
  vt_notify ("READY=1\nSTATUS=Applying the active settings");

  return G_SOURCE_REMOVE;
}

static void
startup_run (gpointer data)
{
  VtStartup *startup = data;

  vt_activity_begin_work (startup->agent->activity, "start");
  if (!vt_engine_start (startup->agent->engine, &startup->report, &startup->fault))
    startup->report = NULL;
  vt_activity_end_work (startup->agent->activity);
}

static void
startup_done (gpointer data)
{
  VtStartup *startup = data;

  startup->done (startup->data);
  if (startup->fault != NULL)
    g_warning ("the active settings were not applied: %s", startup->fault->message);
  vt_announce_start (startup->agent->events, startup->report);
  stop_timeout (startup);
  vt_notify ("READY=1\nSTATUS=Ready");
}

VtStartup *
vt_startup_new (const VtAgent *agent, VtWorker *worker, void (*done) (gpointer data), gpointer data)
{
  VtStartup *startup = g_new0 (VtStartup, 1);

  startup->agent = agent;
  startup->done = done;
  startup->data = data;
  startup->timeout = g_timeout_add_seconds (READY_WITHIN_SECONDS, on_timeout, startup);
  if (!vt_worker_push (worker, startup_run, startup_done, startup))
    g_warning ("the active settings were not applied: the queue is full");

  return startup;
}

void
vt_startup_free (VtStartup *startup)
{
  stop_timeout (startup);
  g_clear_pointer (&startup->report, vt_report_free);
  g_clear_error (&startup->fault);
  g_free (startup);
}
