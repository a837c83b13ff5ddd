/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the tunables of network devices share: which there are, who they
 * are, how many queues they have and will have. Interfaces without a device
 * behind them (lo, bridges, veth, bonds) are none of ours.
 */

#include <glib.h>

#include "agent/tunables/tunable.h"

/* Interface names; @device alone where it is not NULL. (transfer full) */
GStrv vt_net_devices_list (const VtKernelFs *fs, const char *device);

/* The device's path and the ifindex, which both outlive a renaming. (transfer full) */
char *vt_net_device_identity (const VtKernelFs *fs, const char *ifname);

/* The driver's name, "virtio_net"; NULL where there is none. (transfer full) */
char *vt_net_device_driver (const VtKernelFs *fs, const char *ifname);

/* TX queues in use now. */
guint vt_net_device_tx_queues (const VtKernelFs *fs, const char *ifname);

/* TX queues in use once the plan's channel count is in force. */
guint vt_net_device_planned_queues (const VtQuestion *question, const char *ifname);
