/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Reacts to hot-plug: turns the monitor's events into jobs that bring memory
 * and vCPUs online and tune devices as the active settings want. At most one
 * job is queued, however many events arrive, and it handles all pending work.
 * This module opens no device and knows no attribute.
 *
 * Main context only. The jobs run on the worker's thread.
 */

#include <glib.h>

#include "agent/engine/engine.h"
#include "agent/hotplug/device-tuner.h"
#include "agent/hotplug/memory-events.h"
#include "agent/hotplug/memory-onliner.h"
#include "agent/hotplug/memory-tracker.h"
#include "agent/hotplug/monitor.h"
#include "agent/kernel/kernel-fs.h"
#include "agent/worker/activity.h"
#include "agent/worker/worker.h"

typedef struct VtHotplug VtHotplug;

typedef struct
{
  VtEngine *engine;
  VtWorker *worker;
  VtMonitor *monitor;
  VtActivity *activity; /* records that a job is running */
  const VtKernelFs *fs;
  VtMemoryTracker *memory_tracker;
  VtMemoryEvents
      *memory_events;      /* counts the events of memory blocks; NULL: nobody waits for them */
  gboolean online_vcpus;   /* bring plugged vCPUs online */
  guint retry_ms;          /* until the first retry after a failure; 0: one second */
  GMainContext *context;   /* NULL: the default one */
  VtDeviceTunedFunc tuned; /* called on the worker's thread; NULL: not called */
  gpointer data;           /* of @tuned */
} VtHotplugOptions;

/* Subscribes to the monitor, which must not be started yet. Everything in @options must outlive the
 * result. */
VtHotplug *vt_hotplug_new (const VtHotplugOptions *options);
/* Stops queueing jobs. Call it before vt_worker_free(). */
void vt_hotplug_stop (VtHotplug *hotplug);
/* Call it after vt_worker_free(), which waits for a running job, and before vt_monitor_free(). */
void vt_hotplug_free (VtHotplug *hotplug);

/* Returns: (transfer none): the memory onliner, so that the caller can set its callback before
 * vt_hotplug_start() */
VtMemoryOnliner *vt_hotplug_get_memory_onliner (VtHotplug *hotplug);

/*
 * Handles the devices that are present already. Call it after the monitor was
 * started and after the job that calls vt_engine_start() was queued.
 */
void vt_hotplug_start (VtHotplug *hotplug);

/* Sweeps the memory blocks again, and tunes devices that waited for the end of a provisional apply.
 * Call it after a command changed settings or devices, and after
 * the end of a provisional apply, because the memory policy may have changed. */
void vt_hotplug_settings_changed (VtHotplug *hotplug);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtHotplug, vt_hotplug_free)
