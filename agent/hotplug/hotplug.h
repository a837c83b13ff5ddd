/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What comes and goes gets what the active settings want of it: turns the
 * monitor's events into jobs for the engine and the onliner. However many
 * events come, at most one job waits: it takes all that is pending. It opens
 * no device and knows no attribute.
 *
 * Main context only; its jobs run on the worker's thread.
 */

#include <glib.h>

#include "agent/engine/engine.h"
#include "agent/hotplug/device-tuner.h"
#include "agent/hotplug/memory-book.h"
#include "agent/hotplug/memory-watch.h"
#include "agent/hotplug/monitor.h"
#include "agent/hotplug/onliner.h"
#include "agent/kernel/kernel-fs.h"
#include "agent/worker/activity.h"
#include "agent/worker/worker.h"

typedef struct VtHotplug VtHotplug;

typedef struct
{
  VtEngine *engine;
  VtWorker *worker;
  VtMonitor *monitor;
  VtActivity *activity; /* is told while a job is at work */
  const VtKernelFs *fs;
  VtMemoryBook *book;
  VtMemoryWatch *watch;  /* is told of memory's events; NULL: nobody */
  gboolean online_vcpus; /* those that are plugged */
  guint retry;           /* ms until what failed is first tried again; 0: a second */
  GMainContext *context; /* NULL: the default one */
  VtTunedFunc tuned;     /* on the worker's thread; NULL: nobody */
  gpointer data;
} VtHotplugOptions;

/* Subscribes to the monitor, which is not started yet. All of @options outlives it. */
VtHotplug *vt_hotplug_new (const VtHotplugOptions *options);
/* At the end, before vt_worker_free(): from here on it queues nothing. */
void vt_hotplug_stop (VtHotplug *hotplug);
/* After vt_worker_free(), for a job may still be at work on it before; before vt_monitor_free(). */
void vt_hotplug_free (VtHotplug *hotplug);

/* The onliner, to subscribe to its findings before anything runs. */
VtOnliner *vt_hotplug_get_onliner (VtHotplug *hotplug);

/*
 * After the monitor was started and the job of vt_engine_start() was pushed:
 * the first look for what came before the agent.
 */
void vt_hotplug_start (VtHotplug *hotplug);

/* After a command that changed settings or devices, or a trial's end: what is wanted of memory may
 * be another now. */
void vt_hotplug_settings_changed (VtHotplug *hotplug);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtHotplug, vt_hotplug_free)
