/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Brings plugged processors online. The udev rule of systemd/ does the same
 * while no agent runs; both may run at once. The onliner doesn't change a
 * processor that existed before, or that somebody took offline. For this it
 * keeps a list of the processors that it has seen in
 * /run/virt-tune-vcpus-seen, which survives a restart of the agent. It scans
 * all processors only if it may have missed one: at its start and after events
 * were lost. The processors that exist at the first start after boot count as
 * seen, even if they are offline: the reason may be maxcpus= or an operator.
 *
 * If a processor fails to come online, the onliner tries again a few times.
 * Only the first failure is logged as drift.
 */

#include <glib.h>

#include "agent/hotplug/monitor.h"
#include "agent/kernel/kernel-fs.h"

typedef struct VtVcpuOnliner VtVcpuOnliner;

/* @fs must outlive it. */
VtVcpuOnliner *vt_vcpu_onliner_new (const VtKernelFs *fs);
void vt_vcpu_onliner_free (VtVcpuOnliner *onliner);

/* Number of tries after a processor's event, including the first. */
#define VT_VCPU_TRIES_MAX 5

/*
 * @event: of a processor; NULL: events were lost. If a processor that failed is plugged again, or
 * events were lost, its count of tries starts again. Any thread.
 */
void vt_vcpu_onliner_handle_event (VtVcpuOnliner *onliner, const VtDeviceEvent *event);

/* Makes the next run try the failed processors again. Any thread. */
void vt_vcpu_onliner_retry (VtVcpuOnliner *onliner);

/*
 * Brings the processors online that were plugged since the last run. Worker's thread only.
 * Returns: how often a processor that is to be tried again was tried; the smallest number if there
 * are several such processors; 0 if there are none.
 */
guint vt_vcpu_onliner_run (VtVcpuOnliner *onliner);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtVcpuOnliner, vt_vcpu_onliner_free)
