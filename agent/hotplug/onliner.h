/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Brings memory blocks online as the settings want it, and keeps the udev
 * rule of systemd/ out of its way by two markers:
 *
 *   /run/virt-tune-agent/owns-memory  this agent does it (gone with the unit)
 *   /run/virt-tune-memory-off         "offline" is wanted (outlives the agent)
 *
 * It watches nothing and has no timer: somebody tells it when to look.
 * Worker's thread only.
 */

#include <glib.h>

#include "agent/engine/engine.h"
#include "agent/hotplug/memory-book.h"
#include "agent/kernel/kernel-fs.h"

typedef struct VtOnliner VtOnliner;

/* Tells of a sweep that found or changed something, or failed. @word: what was wanted. Worker's
 * thread. */
typedef void (*VtOnlinedFunc) (const char *word, const VtSweep *sweep, gpointer data);

/* All must outlive it. */
VtOnliner *vt_onliner_new (VtEngine *engine, const VtKernelFs *fs, VtMemoryBook *book);
void vt_onliner_free (VtOnliner *onliner);

/* Beside the log. @func NULL: nobody. */
void vt_onliner_set_func (VtOnliner *onliner, VtOnlinedFunc func, gpointer data);

/*
 * Sets the markers, then sweeps where a word of onlining is wanted.
 * @from: index of the first block to look at; 0: all.
 * Returns: blocks that stay offline against the policy; 0 where none is wanted online.
 */
guint vt_onliner_run (VtOnliner *onliner, guint64 from);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtOnliner, vt_onliner_free)
