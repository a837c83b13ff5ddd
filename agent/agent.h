/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The parts of the running agent, built by main and handed down to the
 * commands. Data only.
 */

#include <glib.h>

#include "agent/tunables/tunable.h"

typedef struct VtActivity VtActivity; /* agent/worker/activity.h: the running and the last change */
typedef struct VtCommandSet
    VtCommandSet;                 /* agent/commands/command-set.h: which commands are allowed */
typedef struct VtEvents VtEvents; /* agent/reporting/events.h: events for a subscribed host */
typedef struct VtEngine VtEngine; /* agent/engine/engine.h */
typedef struct VtSyscallTimeout VtSyscallTimeout; /* agent/kernel/syscall-timeout.h */
typedef struct VtMemoryTracker
    VtMemoryTracker; /* agent/hotplug/memory-tracker.h: remembers memory blocks */
typedef struct VtMemoryEvents
    VtMemoryEvents; /* agent/hotplug/memory-events.h: counts memory uevents */
typedef struct VtProfileStore VtProfileStore; /* agent/profiles/profile.h */

typedef struct
{
  VtSystem system;
  VtEngine *engine; /* worker's thread only */
  VtProfileStore *profiles;
  VtActivity *activity;              /* any thread */
  VtSyscallTimeout *syscall_timeout; /* set by the worker's thread, cancelled at exit */
  VtMemoryTracker *memory_tracker;   /* any thread */
  VtMemoryEvents *memory_events;     /* any thread */
  VtEvents *events;                  /* any thread; NULL: no host can subscribe */
  const VtCommandSet *allowed;
} VtAgent;
