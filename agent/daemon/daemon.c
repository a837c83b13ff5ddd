/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/daemon/daemon.h"

#include <errno.h>

#include "agent/agent.h"
#include "agent/channel/transport.h"
#include "agent/commands/command-set.h"
#include "agent/daemon/announce.h"
#include "agent/engine/engine.h"
#include "agent/hotplug/base-policy.h"
#include "agent/hotplug/hotplug.h"
#include "agent/hotplug/memory-tracker.h"
#include "agent/hotplug/memory-events.h"
#include "agent/hotplug/monitor.h"
#include "agent/kernel/syscall-timeout.h"
#include "agent/profiles/profile.h"
#include "agent/reporting/events.h"
#include "agent/reporting/log.h"
#include "agent/reporting/notify.h"
#include "agent/session/session.h"
#include "agent/worker/activity.h"
#include "agent/worker/deadline.h"
#include "agent/worker/worker.h"
#include "protocol/error.h"

/* Boot does not wait longer for a device that does not answer. */
#define READY_WITHIN_SECONDS 5

/* Between tries to use a channel where the agent has no descriptor left for it. */
#define REOPEN_SECONDS 1

struct VtDaemon
{
  const VtOptions *options;
  VtKernelFs *fs;
  VtEthtool *ethtool;
  VtSettings *base;
  VtCommandSet *allowed;
  VtAgent agent;
  VtWorker *worker;
  VtMonitor *monitor;
  VtHotplug *hotplug;
  VtDeadline *deadline; /* of the apply on trial */
  gboolean on_trial;
  VtTransport *transport;
  VtServer server;
  VtSession *session; /* NULL: no channel is open */
  guint late;         /* source of READY=1 without the start's end; 0: it was said */
  guint reopen;       /* source of the next try to use a channel; 0: none */
  guint follow_up;    /* source of what follows a change; 0: nothing does */
  VtReport *report;   /* of the start */
  GError *fault;      /* of the start */
};

static void
say_ready (VtDaemon *daemon)
{
  if (daemon->late != 0)
    g_source_remove (daemon->late);
  daemon->late = 0;
  vt_notify ("READY=1\nSTATUS=Ready");
}

static void
on_tuned (const char *section, const char *device, const VtReport *report, gpointer data)
{
  vt_announce_tuned (((VtDaemon *) data)->agent.events, section, device, report);
}

static void
on_onlined (const char *word, const VtSweepResult *sweep, gpointer data)
{
  vt_announce_sweep (((VtDaemon *) data)->agent.events, word, sweep);
}

static gboolean
on_late (gpointer data)
{
  VtDaemon *daemon = data;

  g_warning ("the active settings are still being tried after %d s", READY_WITHIN_SECONDS);
  daemon->late = 0;
  vt_notify ("READY=1\nSTATUS=Trying the active settings");

  return G_SOURCE_REMOVE;
}

static void
start_run (gpointer data)
{
  VtDaemon *daemon = data;

  vt_activity_begin_work (daemon->agent.activity, "start");
  if (!vt_engine_start (daemon->agent.engine, &daemon->report, &daemon->fault))
    daemon->report = NULL;
  vt_activity_end_work (daemon->agent.activity);
}

static void
log_report (const VtReport *report)
{
  guint applied = 0, failed = 0;

  for (guint i = 0; i < report->ignored->len; i++)
    g_warning ("%s", (const char *) g_ptr_array_index (report->ignored, i));
  for (guint i = 0; i < report->rows->len; i++)
    {
      const VtRow *row = g_ptr_array_index (report->rows, i);

      applied += row->result == VT_RESULT_APPLIED;
      if (row->result != VT_RESULT_FAILED)
        continue;
      failed++;
      vt_log_event (VT_LOG_DRIFT, "%s: %s", row->key, row->reason != NULL ? row->reason : "failed");
    }
  vt_log_event (VT_LOG_READY, "active settings: %u attributes wanted, %u changed, %u failed",
                report->rows->len, applied, failed);
}

/* After whatever may have begun or ended a trial. Returns: whether one is over */
static gboolean
watch_trial (VtDaemon *daemon)
{
  g_autoptr (VtProvisionalStatus) trial = vt_engine_get_provisional (daemon->agent.engine);
  gboolean over = daemon->on_trial && trial == NULL;

  daemon->on_trial = trial != NULL;
  vt_deadline_set (daemon->deadline, trial != NULL ? MAX (1, trial->deadline) : 0);

  return over;
}

/* On the worker's thread, as the next. */
static void
on_expired (guint64 id, const VtReport *report, gpointer data)
{
  VtDaemon *daemon = data;
  g_autoptr (GError) fault = NULL;

  vt_error_set (&fault, VT_ERROR_GENERIC,
                "apply %" G_GUINT64_FORMAT " was not confirmed in time and was undone", id);
  vt_activity_record_change (daemon->agent.activity, "tune-apply", fault);
  vt_log_event (VT_LOG_ROLLED_BACK, "%s", fault->message);
  vt_announce_expired (daemon->agent.events, report, id);
}

static void
on_caught_up (const VtReport *report, gpointer data)
{
  log_report (report);
  vt_announce_start (((VtDaemon *) data)->agent.events, report);
}

static void
expire_run (gpointer data)
{
  VtDaemon *daemon = data;
  g_autoptr (GPtrArray) notes = g_ptr_array_new_with_free_func (g_free);

  vt_activity_begin_work (daemon->agent.activity, "trial");
  (void) vt_engine_expire (daemon->agent.engine, notes);
  for (guint i = 0; i < notes->len; i++)
    g_warning ("%s", (const char *) g_ptr_array_index (notes, i));
  vt_activity_end_work (daemon->agent.activity);
}

static void
expire_done (gpointer data)
{
  VtDaemon *daemon = data;

  (void) watch_trial (daemon);
  vt_hotplug_settings_changed (daemon->hotplug);
}

static void
on_deadline (gpointer data)
{
  VtDaemon *daemon = data;
  g_autoptr (VtProvisionalStatus) trial = NULL;

  if (vt_worker_push (daemon->worker, expire_run, expire_done, daemon))
    return;

  /* The worker is stuck behind a full queue; what is in it sees to the trial when it runs. */
  trial = vt_engine_get_provisional (daemon->agent.engine);
  if (trial != NULL)
    vt_deadline_set (daemon->deadline, trial->deadline - trial->left + G_USEC_PER_SEC);
}

static void
start_done (gpointer data)
{
  VtDaemon *daemon = data;

  (void) watch_trial (daemon);
  if (daemon->fault != NULL)
    g_warning ("the active settings were not applied: %s", daemon->fault->message);
  if (daemon->report != NULL)
    log_report (daemon->report);
  vt_announce_start (daemon->agent.events, daemon->report);
  say_ready (daemon);
}

static void
on_session_closed (int errsv, gpointer data)
{
  VtDaemon *daemon = data;

  g_clear_pointer (&daemon->session, vt_session_free);
  vt_transport_handle_closed (daemon->transport, errsv);
}

static gboolean
on_reopen (gpointer data)
{
  VtDaemon *daemon = data;

  daemon->reopen = 0;
  vt_transport_handle_closed (daemon->transport, EIO);

  return G_SOURCE_REMOVE;
}

static void
on_opened (int fd, gboolean persistent, gpointer data)
{
  VtDaemon *daemon = data;
  g_autoptr (GError) fault = NULL;

  daemon->session
      = vt_session_new (&daemon->server, fd, persistent, on_session_closed, daemon, &fault);
  if (daemon->session != NULL)
    return;

  g_warning ("the channel can't be used: %s", fault->message);
  daemon->reopen = g_timeout_add_seconds (REOPEN_SECONDS, on_reopen, daemon);
}

static gboolean
on_follow_up (gpointer data)
{
  VtDaemon *daemon = data;

  daemon->follow_up = 0;
  vt_hotplug_settings_changed (daemon->hotplug);

  return G_SOURCE_REMOVE;
}

/* The answer goes first: the work that follows would only slow it down. Nothing follows what was
 * refused. */
static void
on_changed (gboolean done, gpointer data)
{
  VtDaemon *daemon = data;

  /* What was put off by a trial is done behind it, however its end came. */
  done |= watch_trial (daemon);
  if (done && daemon->follow_up == 0)
    daemon->follow_up = g_idle_add_full (G_PRIORITY_DEFAULT, on_follow_up, daemon, NULL);
}

/* The guest as all parts see it. */
static gboolean
make_system (VtDaemon *daemon, GError **error)
{
  const VtConfiguration *configuration = daemon->options->configuration;
  const char *root = daemon->options->root;

  daemon->fs = vt_kernel_fs_new (root[0] == '\0' ? NULL : root, error);
  if (daemon->fs == NULL)
    return FALSE;
  daemon->ethtool = vt_ethtool_new (daemon->fs, error);
  if (daemon->ethtool == NULL)
    return FALSE;

  daemon->base = vt_base_policy (daemon->fs, configuration->memory);
  daemon->allowed = vt_command_set_new ((const char *const *) configuration->allow,
                                        (const char *const *) configuration->block);
  daemon->agent.system = (VtSystem){ .fs = daemon->fs, .ethtool = daemon->ethtool };
  daemon->agent.profiles = vt_profile_store_new (root, vt_profile_folders);
  daemon->agent.activity = vt_activity_new ();
  daemon->agent.syscall_timeout = vt_syscall_timeout_new ();
  daemon->agent.memory_tracker = vt_memory_tracker_new (daemon->fs);
  daemon->agent.memory_events = vt_memory_events_new ();
  daemon->agent.events = vt_events_new ();
  daemon->agent.allowed = daemon->allowed;

  return TRUE;
}

static void
make_engine (VtDaemon *daemon)
{
  g_autofree char *state_dir = vt_options_get_state_dir (daemon->options);
  const VtEngineOptions options = {
    .system = &daemon->agent.system,
    .tunables = vt_tunables,
    .profiles = daemon->agent.profiles,
    .state_dir = state_dir,
    .base = daemon->base,
    .default_profile = daemon->options->configuration->profile,
    .events = { on_expired, on_caught_up, daemon },
  };

  daemon->agent.engine = vt_engine_new (&options);
}

static void
make_watchers (VtDaemon *daemon)
{
  const char *vcpus = daemon->options->configuration->vcpus;
  VtHotplugOptions options;

  daemon->worker = vt_worker_new (NULL);
  daemon->monitor = vt_monitor_new (vt_kernel_fs_get_root (daemon->fs), NULL);
  options = (VtHotplugOptions){
    .engine = daemon->agent.engine,
    .worker = daemon->worker,
    .monitor = daemon->monitor,
    .activity = daemon->agent.activity,
    .fs = daemon->fs,
    .memory_tracker = daemon->agent.memory_tracker,
    .memory_events = daemon->agent.memory_events,
    .online_vcpus = g_str_equal (vcpus, "online"),
    .tuned = on_tuned,
    .data = daemon,
  };
  daemon->hotplug = vt_hotplug_new (&options);
  vt_memory_onliner_set_func (vt_hotplug_get_memory_onliner (daemon->hotplug), on_onlined, daemon);
}

VtDaemon *
vt_daemon_new (const VtOptions *options, GError **error)
{
  g_autoptr (VtDaemon) daemon = g_new0 (VtDaemon, 1);
  g_autofree char *path = vt_options_get_path (options);

  daemon->options = options;
  if (!make_system (daemon, error))
    return NULL;
  make_engine (daemon);
  make_watchers (daemon);
  daemon->deadline = vt_deadline_new (on_deadline, daemon, error);
  if (daemon->deadline == NULL)
    return NULL;
  daemon->transport
      = vt_transport_new (options->configuration->method, path, daemon->monitor, error);
  if (daemon->transport == NULL)
    return NULL;
  daemon->server = (VtServer){
    .agent = &daemon->agent,
    .worker = daemon->worker,
    .changed = on_changed,
    .data = daemon,
  };

  return g_steal_pointer (&daemon);
}

void
vt_daemon_start (VtDaemon *daemon)
{
  g_autoptr (GError) fault = NULL;

  daemon->late = g_timeout_add_seconds (READY_WITHIN_SECONDS, on_late, daemon);
  if (!vt_monitor_start (daemon->monitor, &fault))
    g_warning ("devices that come and go will not be seen: %s", fault->message);
  if (!vt_worker_push (daemon->worker, start_run, start_done, daemon))
    g_warning ("the active settings were not applied: the queue is full");
  vt_hotplug_start (daemon->hotplug);
  vt_transport_start (daemon->transport, on_opened, daemon);
}

void
vt_daemon_free (VtDaemon *daemon)
{
  if (daemon == NULL)
    return;

  if (daemon->late != 0)
    g_source_remove (daemon->late);
  daemon->late = 0;
  if (daemon->reopen != 0)
    g_source_remove (daemon->reopen);
  if (daemon->follow_up != 0)
    g_source_remove (daemon->follow_up);
  vt_session_free (daemon->session);
  vt_transport_free (daemon->transport);
  if (daemon->hotplug != NULL)
    vt_hotplug_stop (daemon->hotplug);
  /* A write that the kernel does not come to an end with is given up. */
  if (daemon->agent.syscall_timeout != NULL)
    vt_syscall_timeout_cancel_all (daemon->agent.syscall_timeout);
  /* Not all are there where the making failed. The worker's jobs are at work on what follows it. */
  g_clear_pointer (&daemon->worker, vt_worker_free);
  g_clear_pointer (&daemon->deadline, vt_deadline_free);
  g_clear_pointer (&daemon->hotplug, vt_hotplug_free);
  g_clear_pointer (&daemon->monitor, vt_monitor_free);
  g_clear_pointer (&daemon->agent.engine, vt_engine_free);
  g_clear_pointer (&daemon->agent.profiles, vt_profile_store_free);
  g_clear_pointer (&daemon->agent.activity, vt_activity_free);
  g_clear_pointer (&daemon->agent.syscall_timeout, vt_syscall_timeout_free);
  g_clear_pointer (&daemon->agent.memory_tracker, vt_memory_tracker_free);
  g_clear_pointer (&daemon->agent.memory_events, vt_memory_events_free);
  g_clear_pointer (&daemon->agent.events, vt_events_free);
  g_clear_pointer (&daemon->allowed, vt_command_set_free);
  g_clear_pointer (&daemon->base, vt_settings_free);
  g_clear_pointer (&daemon->ethtool, vt_ethtool_free);
  g_clear_pointer (&daemon->fs, vt_kernel_fs_free);
  g_clear_pointer (&daemon->report, vt_report_free);
  g_clear_error (&daemon->fault);
  g_free (daemon);
}
