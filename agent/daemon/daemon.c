/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/daemon/daemon.h"

#include <errno.h>

#include "agent/agent.h"
#include "agent/channel/transport.h"
#include "agent/commands/command-set.h"
#include "agent/daemon/announce.h"
#include "agent/daemon/confirm-timer.h"
#include "agent/daemon/startup.h"
#include "agent/engine/engine.h"
#include "agent/hotplug/base-policy.h"
#include "agent/hotplug/hotplug.h"
#include "agent/hotplug/memory-events.h"
#include "agent/hotplug/memory-tracker.h"
#include "agent/hotplug/monitor.h"
#include "agent/kernel/syscall-timeout.h"
#include "agent/profiles/profile.h"
#include "agent/reporting/events.h"
#include "agent/reporting/log.h"
#include "agent/session/session.h"
#include "agent/worker/activity.h"
#include "agent/worker/worker.h"
#include "protocol/error.h"

/* Time between two attempts to use a channel while no file descriptor is free. */
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
  VtStartup *startup;
  VtConfirmTimer *confirm_timer;
  VtTransport *transport;
  VtServer server;
  VtSession *session; /* NULL: no channel is open */
  guint reopen;       /* source of the next attempt to use a channel; 0: none */
  guint follow_up;    /* source of the work that follows a change; 0: none */
};

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

/* Called on the worker's thread. */
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
on_applied_late (const VtReport *report, gpointer data)
{
  vt_announce_start (((VtDaemon *) data)->agent.events, report);
}

static void
on_started (gpointer data)
{
  (void) vt_confirm_timer_update (((VtDaemon *) data)->confirm_timer);
}

/* Devices that were plugged during the provisional apply are tuned now: any job of hot-plug does
 * it. */
static void
on_undone (gpointer data)
{
  vt_hotplug_settings_changed (((VtDaemon *) data)->hotplug);
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

/* The follow-up work runs from the main loop, so that it doesn't delay the reply. A change that was
 * refused needs no follow-up work. */
static void
on_changed (gboolean done, gpointer data)
{
  VtDaemon *daemon = data;

  /* Devices that were plugged during a provisional apply are tuned when it ends. */
  done |= vt_confirm_timer_update (daemon->confirm_timer);
  if (done && daemon->follow_up == 0)
    daemon->follow_up = g_idle_add_full (G_PRIORITY_DEFAULT, on_follow_up, daemon, NULL);
}

/* Creates what all parts share. */
static gboolean
create_system (VtDaemon *daemon, GError **error)
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
  daemon->agent.system = (VtSystem){
    .fs = daemon->fs,
    .ethtool = daemon->ethtool,
    .reapply_sysctl = configuration->reapply_sysctl,
  };
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
create_engine (VtDaemon *daemon)
{
  g_autofree char *state_dir = vt_options_get_state_dir (daemon->options);
  g_autofree char *volatile_state_dir = vt_options_get_volatile_state_dir (daemon->options);
  const VtEngineOptions options = {
    .system = &daemon->agent.system,
    .tunables = vt_tunables,
    .profiles = daemon->agent.profiles,
    .state_dir = state_dir,
    .volatile_state_dir = volatile_state_dir,
    .base = daemon->base,
    .default_profile = daemon->options->configuration->profile,
    .events = { on_expired, on_applied_late, daemon },
  };

  daemon->agent.engine = vt_engine_new (&options);
}

static void
create_watchers (VtDaemon *daemon)
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
  if (!create_system (daemon, error))
    return NULL;
  create_engine (daemon);
  create_watchers (daemon);
  daemon->confirm_timer
      = vt_confirm_timer_new (&daemon->agent, daemon->worker, on_undone, daemon, error);
  if (daemon->confirm_timer == NULL)
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

  if (!vt_monitor_start (daemon->monitor, &fault))
    g_warning ("devices that are added or removed will not be detected: %s", fault->message);
  daemon->startup = vt_startup_new (&daemon->agent, daemon->worker, on_started, daemon);
  vt_hotplug_start (daemon->hotplug);
  vt_transport_start (daemon->transport, on_opened, daemon);
}

void
vt_daemon_free (VtDaemon *daemon)
{
  if (daemon == NULL)
    return;

  if (daemon->reopen != 0)
    g_source_remove (daemon->reopen);
  if (daemon->follow_up != 0)
    g_source_remove (daemon->follow_up);
  vt_session_free (daemon->session);
  vt_transport_free (daemon->transport);
  if (daemon->hotplug != NULL)
    vt_hotplug_stop (daemon->hotplug);
  /* Cancels a write that does not return. */
  if (daemon->agent.syscall_timeout != NULL)
    vt_syscall_timeout_cancel_all (daemon->agent.syscall_timeout);
  /* Some are NULL if vt_daemon_new() failed. The worker is freed first: its jobs use the rest. */
  g_clear_pointer (&daemon->worker, vt_worker_free);
  g_clear_pointer (&daemon->startup, vt_startup_free);
  g_clear_pointer (&daemon->confirm_timer, vt_confirm_timer_free);
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
  g_free (daemon);
}
