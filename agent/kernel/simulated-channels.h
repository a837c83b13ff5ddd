/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Simulates the channel counts of a network device in a fixture tree, with
 * the checks of the kernel and of the virtio-net driver. The counts are in the
 * files ethtool/IFNAME/KIND and ethtool/IFNAME/KIND_max, where KIND is
 * combined, rx, tx or other; a kind without files has the count 0. It shows
 * one queue folder for each channel. The file ethtool/IFNAME/xdp stands for an
 * XDP program in the driver; ethtool/IFNAME/set_errno holds the errno with
 * which each change fails. It is never used with the root "/".
 */

#include <glib.h>
#include <linux/ethtool.h>

#include "agent/kernel/kernel-fs.h"

/* Both return 0 or a negative errno: -ENODEV: no such device, -EOPNOTSUPP: it has no channels,
 * -EINVAL: the driver does not accept this count. */
int vt_simulated_channels_get (const VtKernelFs *fs,
                               const char *ifname,
                               struct ethtool_channels *channels) G_GNUC_WARN_UNUSED_RESULT;
int vt_simulated_channels_set (const VtKernelFs *fs,
                               const char *ifname,
                               const struct ethtool_channels *channels) G_GNUC_WARN_UNUSED_RESULT;

/* The text of the file ethtool/IFNAME/driver; NULL: there is none. (transfer full) */
char *vt_simulated_channels_get_driver (const VtKernelFs *fs, const char *ifname);

gboolean vt_simulated_channels_has_xdp (const VtKernelFs *fs, const char *ifname);
