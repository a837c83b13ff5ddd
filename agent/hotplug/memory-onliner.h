/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Brings memory blocks online as the settings want. Two markers keep the udev
 * rule of systemd/ from doing the same work:
 *
 *   /run/virt-tune-agent/owns-memory  the agent does it; systemd removes the
 *                                     marker when the unit stops
 *   /run/virt-tune-memory-off         the policy is "offline"; the marker stays
 *                                     when the agent ends
 *
 * It receives no events and has no timer: the caller decides when to sweep.
 * Worker's thread only.
 */

#include <glib.h>

#include "agent/engine/engine.h"
#include "agent/hotplug/memory-tracker.h"
#include "agent/kernel/kernel-fs.h"

typedef struct VtMemoryOnliner VtMemoryOnliner;

/* Called on the worker's thread after a sweep that changed blocks, found plugged blocks online, or
 * found a problem. @policy: the wanted one. */
typedef void (*VtMemorySweptFunc) (const char *policy, const VtSweepResult *sweep, gpointer data);

/* All arguments must outlive the result. */
VtMemoryOnliner *
vt_memory_onliner_new (VtEngine *engine, const VtKernelFs *fs, VtMemoryTracker *tracker);
void vt_memory_onliner_free (VtMemoryOnliner *onliner);

/* @func NULL: none. The sweep is logged in both cases. */
void vt_memory_onliner_set_func (VtMemoryOnliner *onliner, VtMemorySweptFunc func, gpointer data);

/*
 * Sets the markers. Then sweeps the memory blocks, if the policy is to bring
 * them online. @from: index of the first block to check; 0: all.
 * Returns: the number of blocks that could not be brought online
 */
guint vt_memory_onliner_run (VtMemoryOnliner *onliner, guint64 from);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtMemoryOnliner, vt_memory_onliner_free)
