/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The parts of the running agent, built by main and handed down to the
 * commands. Data only.
 */

#include <glib.h>

#include "agent/tunables/tunable.h"

typedef struct VtActivity
    VtActivity; /* agent/worker/activity.h: what is under way, what was last */
typedef struct VtCommandSet
    VtCommandSet;                 /* agent/commands/command-set.h: which commands are allowed */
typedef struct VtEvents VtEvents; /* agent/reporting/events.h: what a host that listens is told */
typedef struct VtEngine VtEngine; /* agent/engine/engine.h */
typedef struct VtSyscallTimeout VtSyscallTimeout; /* agent/kernel/syscall-timeout.h */
typedef struct VtMemoryTracker
    VtMemoryTracker; /* agent/hotplug/memory-tracker.h: what is known of memory blocks */
typedef struct VtMemoryEvents
    VtMemoryEvents; /* agent/hotplug/memory-events.h: memory's events, counted */
typedef struct VtProfileStore VtProfileStore; /* agent/profiles/profile.h */

typedef struct
{
  VtSystem system;
  VtEngine *engine; /* the worker's thread alone */
  VtProfileStore *profiles;
  VtActivity *activity;              /* any thread */
  VtSyscallTimeout *syscall_timeout; /* set by the worker's thread, rung at the end */
  VtMemoryTracker *memory_tracker;   /* any thread */
  VtMemoryEvents *memory_events;     /* any thread */
  VtEvents *events;                  /* any thread; NULL: nobody ever listens */
  const VtCommandSet *allowed;
} VtAgent;
