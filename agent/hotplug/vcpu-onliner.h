/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Brings plugged processors online. The udev rule of systemd/ does the same,
 * for the time when no agent runs; both may run. A processor that existed
 * before, or that somebody took offline, is left alone. For this the onliner
 * keeps a list of the processors that it has seen, in
 * /run/virt-tune-vcpus-seen, which survives a restart of the agent. It scans
 * all processors only if it may have missed one: at its start and after events
 * were lost. The processors that exist at the first start after boot count as
 * seen, even if offline: maxcpus= or an operator may have left them so.
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
 * @event: of a processor; NULL: events were lost. The plug of a processor that failed, and lost
 * events, restart its tries. Any thread.
 */
void vt_vcpu_onliner_handle_event (VtVcpuOnliner *onliner, const VtDeviceEvent *event);

/* The next run tries those again that failed. Any thread. */
void vt_vcpu_onliner_retry (VtVcpuOnliner *onliner);

/*
 * Brings the processors online that were plugged since the last run. Worker's thread. Returns: how
 * often the processors that failed were tried, of several the smallest number; 0: there is none to
 * be tried again.
 */
guint vt_vcpu_onliner_run (VtVcpuOnliner *onliner);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtVcpuOnliner, vt_vcpu_onliner_free)
