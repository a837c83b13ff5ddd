/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Shared by the tunables of network devices: the devices' names and
 * identities, and the number of their queues, now and once a plan is applied.
 * Interfaces without a device of their own (lo, bridges, veth, bonds, the upper
 * one of a failover pair) are not tuned.
 */

#include <glib.h>

#include "agent/tunables/tunable.h"

/* Interface names, or @device alone if it is not NULL. (transfer full) */
GStrv vt_net_devices_list (const VtSystem *system, const char *device);

/* The device's path and ifindex. Renaming the interface changes neither. (transfer full) */
char *vt_net_device_identity (const VtKernelFs *fs, const char *ifname);

/* The driver's name, such as "virtio_net"; NULL: none. (transfer full) */
char *vt_net_device_driver (const VtKernelFs *fs, const char *ifname);

/* TX queues in use now. */
guint vt_net_device_tx_queues (const VtKernelFs *fs, const char *ifname);

/* TX queues in use once the plan's channel counts are set. */
guint vt_net_device_planned_queues (const VtQuestion *question, const char *ifname);

/* Decides the value of "auto" for vt_net_decide(). */
typedef gboolean (*VtNetAutoFunc) (const VtAttribute *attribute,
                                   const VtQuestion *question,
                                   VtDecision *ret,
                                   GError **error);

/* Calls @decide_auto for "auto". "off" changes nothing. VT_ERROR_INVALID_ARGUMENT: another word. */
gboolean vt_net_decide (const VtAttribute *attribute,
                        const VtQuestion *question,
                        const char *wanted,
                        VtNetAutoFunc decide_auto,
                        VtDecision *ret,
                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The words that vt_net_decide() takes, for VtAttributeOps.allowed. (transfer full) */
char *vt_net_allowed (const VtAttribute *attribute, const VtSystem *system);

/* Appends the attribute @name of one device. */
void vt_net_add_attribute (GPtrArray *attributes,
                           const VtSystem *system,
                           const VtAttributeOps *ops,
                           const char *device,
                           const char *name,
                           VtRank rank);
