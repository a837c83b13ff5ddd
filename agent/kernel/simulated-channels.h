/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Channel counts of a device in a tree of plain files: ethtool/IFNAME/KIND
 * and …/KIND_max, KIND being combined, rx, tx or other. A kind whose files
 * are missing counts as 0. It makes the checks of the kernel and of
 * virtio-net, and shows as many folders of queues as there are channels. The
 * file ethtool/IFNAME/xdp stands for an XDP program in the driver; the file
 * ethtool/IFNAME/set_errno holds the errno that each set fails with. It is
 * never asked where the root is "/".
 */

#include <glib.h>
#include <linux/ethtool.h>

#include "agent/kernel/kernel-fs.h"

/* Return: 0 or a negative errno. */
int vt_simulated_channels_get (const VtKernelFs *fs,
                               const char *ifname,
                               struct ethtool_channels *channels) G_GNUC_WARN_UNUSED_RESULT;
int vt_simulated_channels_set (const VtKernelFs *fs,
                               const char *ifname,
                               const struct ethtool_channels *channels) G_GNUC_WARN_UNUSED_RESULT;

gboolean vt_simulated_channels_has_xdp (const VtKernelFs *fs, const char *ifname);
