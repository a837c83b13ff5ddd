/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/hotplug/hotplug.h"

#include <string.h>

#include "agent/hotplug/pending.h"
#include "agent/hotplug/vcpu-onliner.h"
#include "agent/log.h"

/*
 * Blocks fail to come online for want of memory; who frees it tells nobody:
 * PSI and memory.events speak of its getting short alone
 * (accounting/psi, admin-guide/cgroup-v2). So they are tried again when other
 * blocks came online, and after 1, 2, 4 … 64 s, then at the next event only.
 */
#define RETRY_FIRST 1000 /* ms */
#define RETRY_TRIES 7

/* The worker's queue is full: it is tried again when it had time to drain. */
#define QUEUE_FULL_WAIT 1000 /* ms */

struct VtHotplug
{
  VtHotplugOptions options;
  VtOnliner *onliner;
  VtVcpuOnliner *vcpus; /* NULL: they are left alone */
  VtPending *pending;
  VtPending *put_off; /* by a trial, until it is over; the worker's alone */
  gboolean queued;    /* a job waits or is at work */
  gboolean stopped;
  GSource *timer; /* runs only while something is to be tried again */
  guint tries;    /* sweeps tried again since the last event */
  guint left;     /* blocks that the last sweep left offline */
  /* The worker's while a job is at work, else the main context's. */
  gboolean starting; /* the first look is still to come */
  gboolean swept;    /* by the last job */
  guint failed;      /* blocks, of the last sweep */
};

static void
hotplug_report (const VtReport *report)
{
  for (guint i = 0; i < report->rows->len; i++)
    {
      const VtRow *row = report->rows->pdata[i];

      if (row->result == VT_RESULT_APPLIED)
        g_message ("%s: %s (was %s)", row->key, row->to != NULL ? row->to : row->wanted,
                   row->from != NULL ? row->from : "unknown");
      else if (row->result == VT_RESULT_FAILED || row->result == VT_RESULT_DRIFT)
        vt_log_event (VT_LOG_DRIFT, "%s: %s", row->key,
                      row->reason != NULL ? row->reason : "failed");
    }
}

static void
hotplug_converge (VtHotplug *hotplug, const char *section, const char *device)
{
  g_autoptr (VtReport) report = NULL;
  g_autoptr (GError) error = NULL;

  if (vt_engine_converge (hotplug->options.engine, section, device, FALSE, &report, &error))
    {
      hotplug_report (report);
      if (hotplug->options.tuned != NULL)
        hotplug->options.tuned (section, device, report, hotplug->options.data);
    }
  else
    g_message ("tuning %s after a change: %s", device != NULL ? device : "all", error->message);
}

static void
hotplug_devices (VtHotplug *hotplug, const GPtrArray *devices)
{
  for (guint i = 0; i < devices->len; i++)
    {
      const VtPendingDevice *device = devices->pdata[i];

      if (device->left)
        vt_engine_forget (hotplug->options.engine, device->section, device->device);
      if (device->came)
        hotplug_converge (hotplug, device->section, device->device);
    }
}

static void
hotplug_tune (VtHotplug *hotplug, VtPendingFlags flags, const GPtrArray *devices)
{
  if (devices != NULL)
    hotplug_devices (hotplug, devices);
  if (flags & VT_PENDING_ALL)
    {
      hotplug_converge (hotplug, "block", NULL);
      hotplug_converge (hotplug, "net", NULL);
    }
  if (flags & (VT_PENDING_ALL | VT_PENDING_CPUS))
    hotplug_converge (hotplug, NULL, NULL);
}

/* What is on trial may go back as a whole: nothing else is changed meanwhile. */
static gboolean
hotplug_is_put_off (VtHotplug *hotplug)
{
  g_autoptr (VtTrialStatus) trial = vt_engine_get_trial (hotplug->options.engine);

  return trial != NULL;
}

static void
hotplug_put_off (VtHotplug *hotplug, VtPendingFlags flags, const GPtrArray *devices)
{
  vt_pending_add (hotplug->put_off, flags & ~VT_PENDING_SWEEP);
  for (guint i = 0; devices != NULL && i < devices->len; i++)
    {
      const VtPendingDevice *device = devices->pdata[i];

      if (device->left)
        vt_pending_add_device (hotplug->put_off, device->section, device->device, TRUE);
      if (device->came)
        vt_pending_add_device (hotplug->put_off, device->section, device->device, FALSE);
    }
}

/* Memory first: the others may need it. Processors next: the others depend on their number. */
static void
hotplug_work (VtHotplug *hotplug)
{
  g_autoptr (GPtrArray) devices = NULL;
  g_autoptr (GPtrArray) earlier = NULL;
  gboolean starting = hotplug->starting;
  VtPendingFlags flags;
  guint64 from;

  hotplug->starting = FALSE;
  if (hotplug->options.watch != NULL)
    vt_memory_watch_settle (hotplug->options.watch);
  flags = vt_pending_take (hotplug->pending, &devices, &from);

  hotplug->swept = (flags & VT_PENDING_SWEEP) != 0;
  if (hotplug->swept)
    hotplug->failed = vt_onliner_run (hotplug->onliner, hotplug->failed > 0 ? 0 : from);
  vt_memory_book_save (hotplug->options.book);
  if (hotplug->vcpus != NULL)
    vt_vcpu_onliner_run (hotplug->vcpus);

  if (hotplug_is_put_off (hotplug))
    {
      /* A trial of the agent's predecessor: what came meanwhile is not known one by one. */
      if (starting)
        flags |= VT_PENDING_ALL | VT_PENDING_CPUS;
      hotplug_put_off (hotplug, flags, devices);
      return;
    }

  flags |= vt_pending_take (hotplug->put_off, &earlier, NULL);
  hotplug_tune (hotplug, 0, earlier);
  hotplug_tune (hotplug, flags, devices);
}

/* On the worker's thread. */
static void
hotplug_job (gpointer data)
{
  VtHotplug *hotplug = data;

  vt_activity_enter (hotplug->options.activity, "hot-plug");
  hotplug_work (hotplug);
  vt_activity_leave (hotplug->options.activity);
}

static void hotplug_queue (VtHotplug *hotplug);

static void
hotplug_stop_timer (VtHotplug *hotplug)
{
  if (hotplug->timer == NULL)
    return;

  g_source_destroy (hotplug->timer);
  g_clear_pointer (&hotplug->timer, g_source_unref);
}

static gboolean
hotplug_timeout (gpointer data)
{
  VtHotplug *hotplug = data;

  hotplug_stop_timer (hotplug);
  vt_pending_add (hotplug->pending, hotplug->left > 0 ? VT_PENDING_SWEEP : 0);
  hotplug_queue (hotplug);
  return G_SOURCE_REMOVE;
}

static void
hotplug_start_timer (VtHotplug *hotplug, guint ms)
{
  hotplug_stop_timer (hotplug);
  hotplug->timer = g_timeout_source_new (ms);
  g_source_set_callback (hotplug->timer, hotplug_timeout, hotplug, NULL);
  g_source_attach (hotplug->timer, hotplug->options.context);
}

/* On the main context, after the job: also where it was dropped at the end. */
static void
hotplug_done (gpointer data)
{
  VtHotplug *hotplug = data;

  hotplug->queued = FALSE;
  if (hotplug->stopped)
    return;

  if (hotplug->swept)
    hotplug->left = hotplug->failed;
  if (hotplug->swept && hotplug->left == 0)
    hotplug_stop_timer (hotplug);
  else if (hotplug->swept && hotplug->tries < RETRY_TRIES)
    hotplug_start_timer (hotplug, hotplug->options.retry << hotplug->tries++);

  if (!vt_pending_is_empty (hotplug->pending))
    hotplug_queue (hotplug);
}

static void
hotplug_queue (VtHotplug *hotplug)
{
  if (hotplug->queued || hotplug->stopped)
    return;

  hotplug->queued = vt_worker_push (hotplug->options.worker, hotplug_job, hotplug_done, hotplug);
  if (!hotplug->queued)
    hotplug_start_timer (hotplug, QUEUE_FULL_WAIT);
}

/* Bounded tries are a bound on each event, not on all the agent's life. */
static void
hotplug_want (VtHotplug *hotplug, VtPendingFlags flags)
{
  if (flags & VT_PENDING_SWEEP)
    hotplug->tries = 0;
  vt_pending_add (hotplug->pending, flags);
  hotplug_queue (hotplug);
}

static void
hotplug_on_memory_lost (VtHotplug *hotplug)
{
  if (hotplug->options.watch != NULL)
    vt_memory_watch_event (hotplug->options.watch, NULL, 0);
  hotplug_want (hotplug, VT_PENDING_SWEEP);
}

static void
hotplug_note_memory (VtHotplug *hotplug, const VtDeviceEvent *event, guint64 index)
{
  if (event->synthetic == NULL
      && vt_memory_book_event (hotplug->options.book, event->action, index))
    hotplug_queue (hotplug); /* to have it written down */
  if (hotplug->options.watch != NULL)
    vt_memory_watch_event (hotplug->options.watch, event->action, index);
}

/* Allocates nothing but for a block that is taken offline. */
static void
hotplug_on_memory (const VtDeviceEvent *event, gpointer data)
{
  VtHotplug *hotplug = data;
  guint64 index;

  if (event == NULL)
    {
      hotplug_on_memory_lost (hotplug);
      return;
    }
  if (!vt_memory_block_parse (event->sysname, &index))
    return;

  hotplug_note_memory (hotplug, event, index);
  if (strcmp (event->action, "online") == 0 && hotplug->left > 0)
    vt_pending_add (hotplug->pending, VT_PENDING_SWEEP); /* there is room for others now */
  else if (strcmp (event->action, "add") != 0)
    return;
  else
    {
      /* Those before it were looked at when they came. */
      hotplug->tries = 0;
      vt_pending_add_block (hotplug->pending, index);
    }
  hotplug_queue (hotplug);
}

static void
hotplug_on_cpu (const VtDeviceEvent *event, gpointer data)
{
  static const char *const actions[] = { "add", "remove", "online", "offline", NULL };
  VtHotplug *hotplug = data;

  if (hotplug->vcpus != NULL)
    vt_vcpu_onliner_event (hotplug->vcpus, event);
  if (event == NULL || g_strv_contains (actions, event->action))
    hotplug_want (hotplug, VT_PENDING_CPUS);
}

static void
hotplug_on_device (const VtDeviceEvent *event, gpointer data)
{
  static const char *const actions[] = { "add", "change", "move", "remove", NULL };
  VtHotplug *hotplug = data;

  if (event == NULL)
    {
      hotplug_want (hotplug, VT_PENDING_ALL);
      return;
    }

  if (!g_strv_contains (actions, event->action) || g_strcmp0 (event->devtype, "partition") == 0)
    return;

  vt_pending_add_device (hotplug->pending, event->subsystem, event->sysname,
                         strcmp (event->action, "remove") == 0);
  hotplug_queue (hotplug);
}

/* Before udevd's word, which tells the rest. */
static void
hotplug_on_new_disk (const VtDeviceEvent *event, gpointer data)
{
  if (event == NULL || strcmp (event->action, "add") == 0)
    hotplug_on_device (event, data);
}

VtHotplug *
vt_hotplug_new (const VtHotplugOptions *options)
{
  VtHotplug *hotplug = g_new0 (VtHotplug, 1);
  VtMonitor *monitor = options->monitor;

  hotplug->options = *options;
  hotplug->options.retry = options->retry > 0 ? options->retry : RETRY_FIRST;
  hotplug->onliner = vt_onliner_new (options->engine, options->fs, options->book);
  hotplug->vcpus = options->online_vcpus ? vt_vcpu_onliner_new (options->fs) : NULL;
  hotplug->pending = vt_pending_new ();
  hotplug->put_off = vt_pending_new ();

  /* Memory and CPUs keep their names, and no rule changes what is read of
   * them: the kernel's word is enough. NICs are named by udevd. Disks keep
   * their names, and rules may write what we wrote: their values come first,
   * and are looked at again when the rules have run. */
  vt_monitor_subscribe (monitor, VT_MONITOR_KERNEL, "memory", hotplug_on_memory, hotplug);
  vt_monitor_subscribe (monitor, VT_MONITOR_KERNEL, "cpu", hotplug_on_cpu, hotplug);
  vt_monitor_subscribe (monitor, VT_MONITOR_KERNEL, "block", hotplug_on_new_disk, hotplug);
  vt_monitor_subscribe (monitor, VT_MONITOR_UDEV, "block", hotplug_on_device, hotplug);
  vt_monitor_subscribe (monitor, VT_MONITOR_UDEV, "net", hotplug_on_device, hotplug);
  return hotplug;
}

void
vt_hotplug_stop (VtHotplug *hotplug)
{
  hotplug->stopped = TRUE;
  hotplug_stop_timer (hotplug);
}

void
vt_hotplug_free (VtHotplug *hotplug)
{
  if (hotplug == NULL)
    return;

  hotplug_stop_timer (hotplug);
  vt_onliner_free (hotplug->onliner);
  vt_vcpu_onliner_free (hotplug->vcpus);
  vt_pending_free (hotplug->pending);
  vt_pending_free (hotplug->put_off);
  g_free (hotplug);
}

VtOnliner *
vt_hotplug_get_onliner (VtHotplug *hotplug)
{
  return hotplug->onliner;
}

void
vt_hotplug_start (VtHotplug *hotplug)
{
  hotplug->starting = TRUE;
  hotplug_want (hotplug, VT_PENDING_SWEEP);
}

void
vt_hotplug_settings_changed (VtHotplug *hotplug)
{
  /* Blocks that the command took offline are to be held before the sweep. */
  vt_monitor_catch_up (hotplug->options.monitor);
  hotplug_want (hotplug, VT_PENDING_SWEEP);
}
