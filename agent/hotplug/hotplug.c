/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/hotplug/hotplug.h"

#include <string.h>

#include "agent/hotplug/device-tuner.h"
#include "agent/hotplug/pending.h"
#include "agent/hotplug/vcpu-onliner.h"

/*
 * A memory block fails to come online if too little memory is free. Nothing
 * reports that memory was freed: PSI and memory.events only report that it is
 * short (accounting/psi, admin-guide/cgroup-v2). So a failed block is tried
 * again when another block comes online, and after 1, 2, 4 … 64 s. After that
 * it is tried at the next event only.
 */
#define RETRY_FIRST 1000 /* ms */
#define RETRY_MAX   7    /* retries */

/* Time until the next attempt if the worker's queue is full. */
#define QUEUE_FULL_WAIT 1000 /* ms */

struct VtHotplug
{
  VtHotplugOptions options;
  VtMemoryOnliner *memory_onliner;
  VtVcpuOnliner *vcpu_onliner; /* NULL: plugged vCPUs are left alone */
  VtPending *pending;
  VtDeviceTuner *tuner; /* used on the worker's thread only */
  gboolean queued;      /* a job is queued or running */
  gboolean stopped;
  GSource *timer;      /* NULL: nothing is to be retried */
  guint retries;       /* sweeps that were retried since the last event */
  guint still_offline; /* blocks that the last sweep could not bring online */
  GSource *vcpu_timer; /* NULL: no vCPU is to be retried */
  /* Used by the worker's thread while a job runs, else by the main context. */
  gboolean job_swept; /* the last job swept the memory blocks */
  guint job_failed;   /* blocks that failed in the last sweep */
  guint vcpu_tries;   /* of the vCPUs that failed; 0: none is to be retried */
};

/* Memory comes first, because the other steps may need it. Processors come next, because tuning
 * depends on their number. */
static void
hotplug_handle_pending (VtHotplug *hotplug)
{
  g_autoptr (GPtrArray) devices = NULL;
  VtPendingFlags flags;
  guint64 from;

  if (hotplug->options.memory_events != NULL)
    vt_memory_events_wait_until_quiet (hotplug->options.memory_events);
  flags = vt_pending_take (hotplug->pending, &devices, &from);

  hotplug->job_swept = (flags & VT_PENDING_SWEEP) != 0;
  if (hotplug->job_swept)
    hotplug->job_failed
        = vt_memory_onliner_run (hotplug->memory_onliner, hotplug->job_failed > 0 ? 0 : from);
  vt_memory_tracker_save (hotplug->options.memory_tracker);
  if (hotplug->vcpu_onliner != NULL)
    hotplug->vcpu_tries = vt_vcpu_onliner_run (hotplug->vcpu_onliner);

  vt_device_tuner_run (hotplug->tuner, flags, devices);
}

/* On the worker's thread. */
static void
hotplug_job (gpointer data)
{
  VtHotplug *hotplug = data;

  vt_activity_begin_work (hotplug->options.activity, "hot-plug");
  hotplug_handle_pending (hotplug);
  vt_activity_end_work (hotplug->options.activity);
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
  vt_vcpu_onliner_retry (hotplug->vcpu_onliner);
  hotplug_queue (hotplug);
  return G_SOURCE_REMOVE;
}

/* A processor that failed is tried again after 1, 2, 4, 8 s. */
static void
hotplug_retry_vcpus (VtHotplug *hotplug)
{
  if (hotplug->vcpu_tries == 0 || hotplug->vcpu_timer != NULL)
    return;

  hotplug->vcpu_timer
      = g_timeout_source_new (hotplug->options.retry_ms << (hotplug->vcpu_tries - 1));
  g_source_set_callback (hotplug->vcpu_timer, hotplug_vcpu_timeout, hotplug, NULL);
  g_source_attach (hotplug->vcpu_timer, hotplug->options.context);
}

static gboolean
hotplug_timeout (gpointer data)
{
  VtHotplug *hotplug = data;

  hotplug_stop_timer (hotplug);
  vt_pending_add (hotplug->pending, hotplug->still_offline > 0 ? VT_PENDING_SWEEP : 0);
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

/* On the main context, after the job. Also called for a job that was dropped at shutdown. */
static void
hotplug_done (gpointer data)
{
  VtHotplug *hotplug = data;

  hotplug->queued = FALSE;
  if (hotplug->stopped)
    return;

  if (hotplug->job_swept)
    hotplug->still_offline = hotplug->job_failed;
  if (hotplug->job_swept && hotplug->still_offline == 0)
    hotplug_stop_timer (hotplug);
  else if (hotplug->job_swept && hotplug->retries < RETRY_MAX)
    hotplug_start_timer (hotplug, hotplug->options.retry_ms << hotplug->retries++);

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

/* RETRY_MAX bounds the retries after each event, not over the agent's lifetime. */
static void
hotplug_request (VtHotplug *hotplug, VtPendingFlags flags)
{
  if (flags & VT_PENDING_SWEEP)
    hotplug->retries = 0;
  vt_pending_add (hotplug->pending, flags);
  hotplug_queue (hotplug);
}

static void
hotplug_on_memory_lost (VtHotplug *hotplug)
{
  if (hotplug->options.memory_events != NULL)
    vt_memory_events_count (hotplug->options.memory_events, NULL, 0);
  hotplug_request (hotplug, VT_PENDING_SWEEP);
}

static void
hotplug_record_memory_event (VtHotplug *hotplug, const VtDeviceEvent *event, guint64 index)
{
  if (event->synthetic == NULL
      && vt_memory_tracker_handle_event (hotplug->options.memory_tracker, event->action, index))
    hotplug_queue (hotplug); /* the job saves the change */
  if (hotplug->options.memory_events != NULL)
    vt_memory_events_count (hotplug->options.memory_events, event->action, index);
}

/* Allocates memory only for a block that was taken offline. */
static void
hotplug_on_memory (const VtDeviceEvent *event, gpointer data)
{
  static const char *const changes[] = { "online", "offline", NULL };
  VtHotplug *hotplug = data;
  guint64 index;

  if (event == NULL)
    {
      hotplug_on_memory_lost (hotplug);
      return;
    }
  if (!vt_memory_block_parse (event->sysname, &index))
    return;

  hotplug_record_memory_event (hotplug, event, index);
  if (strcmp (event->action, "add") == 0)
    {
      /* Blocks with a lower index were swept when they were added. */
      hotplug->retries = 0;
      vt_pending_add_block (hotplug->pending, index);
    }
  else if (!g_strv_contains (changes, event->action))
    return;
  else
    vt_pending_add (hotplug->pending, VT_PENDING_MEMORY);

  if (strcmp (event->action, "online") == 0 && hotplug->still_offline > 0)
    vt_pending_add (hotplug->pending, VT_PENDING_SWEEP); /* there is free memory again */
  hotplug_queue (hotplug);
}

static void
hotplug_on_cpu (const VtDeviceEvent *event, gpointer data)
{
  static const char *const actions[] = { "add", "remove", "online", "offline", NULL };
  VtHotplug *hotplug = data;

  if (hotplug->vcpu_onliner != NULL)
    vt_vcpu_onliner_handle_event (hotplug->vcpu_onliner, event);
  if (event == NULL || g_strv_contains (actions, event->action))
    hotplug_request (hotplug, VT_PENDING_CPUS);
}

static void
hotplug_add_device (VtHotplug *hotplug, const VtDeviceEvent *event, VtPendingChange change)
{
  if (g_strcmp0 (event->devtype, "partition") == 0)
    return;

  vt_pending_add_device (hotplug->pending, event->subsystem, event->sysname, change);
  hotplug_queue (hotplug);
}

static void
hotplug_on_device (const VtDeviceEvent *event, gpointer data)
{
  static const char *const actions[] = { "add", "change", "move", NULL };
  VtHotplug *hotplug = data;

  if (event == NULL)
    hotplug_request (hotplug, VT_PENDING_ALL_DEVICES);
  else if (g_strv_contains (actions, event->action))
    hotplug_add_device (hotplug, event, VT_PENDING_ADDED);
  else if (strcmp (event->action, "remove") == 0)
    hotplug_add_device (hotplug, event, VT_PENDING_REMOVED);
}

/* The kernel's event of a disk. udevd's event follows, and covers the other actions. */
static void
hotplug_on_new_disk (const VtDeviceEvent *event, gpointer data)
{
  VtHotplug *hotplug = data;

  if (event == NULL)
    hotplug_request (hotplug, VT_PENDING_ALL_DEVICES);
  else if (strcmp (event->action, "add") == 0)
    hotplug_add_device (hotplug, event, VT_PENDING_ADDED_EARLY);
}

VtHotplug *
vt_hotplug_new (const VtHotplugOptions *options)
{
  VtHotplug *hotplug = g_new0 (VtHotplug, 1);
  VtMonitor *monitor = options->monitor;

  hotplug->options = *options;
  hotplug->options.retry_ms = options->retry_ms > 0 ? options->retry_ms : RETRY_FIRST;
  hotplug->memory_onliner
      = vt_memory_onliner_new (options->engine, options->fs, options->memory_tracker);
  hotplug->vcpu_onliner = options->online_vcpus ? vt_vcpu_onliner_new (options->fs) : NULL;
  hotplug->pending = vt_pending_new ();
  hotplug->tuner = vt_device_tuner_new (options->engine, options->tuned, options->data);

  /* Memory and CPUs keep their names, and no udev rule changes their attributes, so the kernel's
   * events are enough. udevd renames network interfaces, so only its events count. Disks keep their
   * names, but udev rules may overwrite what the agent wrote. So disks are tuned at the kernel's
   * event and checked again at udevd's event. */
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
  vt_memory_onliner_free (hotplug->memory_onliner);
  vt_vcpu_onliner_free (hotplug->vcpu_onliner);
  vt_pending_free (hotplug->pending);
  vt_device_tuner_free (hotplug->tuner);
  g_free (hotplug);
}

VtMemoryOnliner *
vt_hotplug_get_memory_onliner (VtHotplug *hotplug)
{
  return hotplug->memory_onliner;
}

void
vt_hotplug_start (VtHotplug *hotplug)
{
  hotplug_request (hotplug, VT_PENDING_SWEEP | VT_PENDING_START);
}

void
vt_hotplug_settings_changed (VtHotplug *hotplug)
{
  if (hotplug->stopped)
    return;

  /* The sweep must know which blocks the command took offline, so their events are handled first.
   */
  vt_monitor_dispatch_pending (hotplug->options.monitor);
  hotplug_request (hotplug, VT_PENDING_SWEEP);
}
