/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Brings a processor online when it is plugged. The udev rule of systemd/
 * does the same where no agent runs; whichever is first has done it.
 *
 * A processor that was there before, or that somebody took offline, is left
 * alone. For that, /run/virt-tune-vcpus-seen lists the processors seen since
 * boot; the list outlives the agent. All processors are looked at only where
 * a plug may have been missed: at the agent's start and when events were
 * lost. Those that are there at its first start since boot count as seen,
 * offline or not: maxcpus= or an operator may want it so.
 *
 * A processor that fails to come online is tried again a few times. The log
 * tells of the first failure only.
 */

#include <glib.h>

#include "agent/hotplug/monitor.h"
#include "agent/kernel/kernel-fs.h"

typedef struct VtVcpuOnliner VtVcpuOnliner;

/* @fs must outlive it. */
VtVcpuOnliner *vt_vcpu_onliner_new (const VtKernelFs *fs);
void vt_vcpu_onliner_free (VtVcpuOnliner *onliner);

/* Tries of one processor after its event, the first one included. */
#define VT_VCPU_TRIES_MAX 5

/*
 * @event: of a processor; NULL: events were lost. A plug of a processor, and
 * lost events, restart the tries of those that failed. Any thread.
 */
void vt_vcpu_onliner_event (VtVcpuOnliner *onliner, const VtDeviceEvent *event);

/* The next run tries those again that failed. Any thread. */
void vt_vcpu_onliner_retry (VtVcpuOnliner *onliner);

/*
 * Brings the processors online that were plugged since the last run; where it
 * looks at all, those not seen yet. Worker's thread. Returns: how often the
 * processors that failed were tried, of several the smallest number; 0: there
 * is none to be tried again.
 */
guint vt_vcpu_onliner_run (VtVcpuOnliner *onliner);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtVcpuOnliner, vt_vcpu_onliner_free)
