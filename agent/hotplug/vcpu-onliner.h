/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Brings a processor online that was just plugged, as the udev rule of
 * systemd/ does where no agent runs; whoever comes first has done it. One
 * that was there before, or that somebody took offline, is left alone: so it
 * keeps a list of those it has seen in /run/virt-tune-vcpus-seen, which
 * outlives the agent, and looks around only where it may have missed one: at
 * its start and where events were lost. What was there before its first start
 * since boot is seen, offline or not: maxcpus= or an operator may want it so.
 */

#include <glib.h>

#include "agent/hotplug/monitor.h"
#include "agent/kernel/kernel-fs.h"

typedef struct VtVcpuOnliner VtVcpuOnliner;

/* @fs must outlive it. */
VtVcpuOnliner *vt_vcpu_onliner_new (const VtKernelFs *fs);
void vt_vcpu_onliner_free (VtVcpuOnliner *onliner);

/* @event: of a processor; NULL: some were lost. Any thread. */
void vt_vcpu_onliner_event (VtVcpuOnliner *onliner, const VtDeviceEvent *event);

/* Brings online what came since the last run, or where it looks around, what it has not seen.
 * Worker's thread. */
void vt_vcpu_onliner_run (VtVcpuOnliner *onliner);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtVcpuOnliner, vt_vcpu_onliner_free)
