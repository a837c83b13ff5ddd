/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/hotplug/hotplug.h"

#include <string.h>

#include "agent/hotplug/device-tuner.h"
#include "agent/hotplug/pending.h"
#include "agent/hotplug/vcpu-onliner.h"

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
  VtDeviceTuner *tuner; /* the worker's alone */
  gboolean queued;      /* a job waits or is at work */
  gboolean stopped;
  GSource *timer;      /* runs only while something is to be tried again */
  guint tries;         /* sweeps tried again since the last event */
  guint left;          /* blocks that the last sweep left offline */
  GSource *vcpu_timer; /* runs only while a processor is to be tried again */
  /* The worker's while a job is at work, else the main context's. */
  gboolean swept;   /* by the last job */
  guint failed;     /* blocks, of the last sweep */
  guint vcpu_tries; /* of processors that failed; 0: none is to be tried again */
};

/* Memory first: the others may need it. Processors next: the others depend on their number. */
static void
hotplug_work (VtHotplug *hotplug)
{
  g_autoptr (GPtrArray) devices = NULL;
  VtPendingFlags flags;
  guint64 from;

  if (hotplug->options.watch != NULL)
    vt_memory_watch_settle (hotplug->options.watch);
  flags = vt_pending_take (hotplug->pending, &devices, &from);

  hotplug->swept = (flags & VT_PENDING_SWEEP) != 0;
  if (hotplug->swept)
    hotplug->failed = vt_onliner_run (hotplug->onliner, hotplug->failed > 0 ? 0 : from);
  vt_memory_book_save (hotplug->options.book);
  if (hotplug->vcpus != NULL)
    hotplug->vcpu_tries = vt_vcpu_onliner_run (hotplug->vcpus);

  vt_device_tuner_run (hotplug->tuner, flags, devices);
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
stop_timer (GSource **timer)
{
  if (*timer == NULL)
    return;

  g_source_destroy (*timer);
  g_clear_pointer (timer, g_source_unref);
}

static void
hotplug_stop_timer (VtHotplug *hotplug)
{
  stop_timer (&hotplug->timer);
}

static gboolean
hotplug_vcpu_timeout (gpointer data)
{
  VtHotplug *hotplug = data;

  stop_timer (&hotplug->vcpu_timer);
  vt_vcpu_onliner_retry (hotplug->vcpus);
  hotplug_queue (hotplug);
  return G_SOURCE_REMOVE;
}

/* A processor that failed is tried again after 1, 2, 4, 8 s. */
static void
hotplug_retry_vcpus (VtHotplug *hotplug)
{
  if (hotplug->vcpu_tries == 0 || hotplug->vcpu_timer != NULL)
    return;

  hotplug->vcpu_timer = g_timeout_source_new (hotplug->options.retry << (hotplug->vcpu_tries - 1));
  g_source_set_callback (hotplug->vcpu_timer, hotplug_vcpu_timeout, hotplug, NULL);
  g_source_attach (hotplug->vcpu_timer, hotplug->options.context);
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

  hotplug_retry_vcpus (hotplug);
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
hotplug_device (VtHotplug *hotplug, const VtDeviceEvent *event, VtPendingNews news)
{
  if (g_strcmp0 (event->devtype, "partition") == 0)
    return;

  vt_pending_add_device (hotplug->pending, event->subsystem, event->sysname, news);
  hotplug_queue (hotplug);
}

static void
hotplug_on_device (const VtDeviceEvent *event, gpointer data)
{
  static const char *const came[] = { "add", "change", "move", NULL };
  VtHotplug *hotplug = data;

  if (event == NULL)
    hotplug_want (hotplug, VT_PENDING_ALL);
  else if (g_strv_contains (came, event->action))
    hotplug_device (hotplug, event, VT_PENDING_CAME);
  else if (strcmp (event->action, "remove") == 0)
    hotplug_device (hotplug, event, VT_PENDING_LEFT);
}

/* Before udevd's word, which tells the rest. */
static void
hotplug_on_new_disk (const VtDeviceEvent *event, gpointer data)
{
  VtHotplug *hotplug = data;

  if (event == NULL)
    hotplug_want (hotplug, VT_PENDING_ALL);
  else if (strcmp (event->action, "add") == 0)
    hotplug_device (hotplug, event, VT_PENDING_CAME_EARLY);
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
  hotplug->tuner = vt_device_tuner_new (options->engine, options->tuned, options->data);

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
  stop_timer (&hotplug->vcpu_timer);
}

void
vt_hotplug_free (VtHotplug *hotplug)
{
  if (hotplug == NULL)
    return;

  hotplug_stop_timer (hotplug);
  stop_timer (&hotplug->vcpu_timer);
  vt_onliner_free (hotplug->onliner);
  vt_vcpu_onliner_free (hotplug->vcpus);
  vt_pending_free (hotplug->pending);
  vt_device_tuner_free (hotplug->tuner);
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
  hotplug_want (hotplug, VT_PENDING_SWEEP | VT_PENDING_START);
}

void
vt_hotplug_settings_changed (VtHotplug *hotplug)
{
  if (hotplug->stopped)
    return;

  /* Blocks that the command took offline are to be held before the sweep. */
  vt_monitor_catch_up (hotplug->options.monitor);
  hotplug_want (hotplug, VT_PENDING_SWEEP);
}
