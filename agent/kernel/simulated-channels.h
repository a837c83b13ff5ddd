/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Channel counts of a device in a tree of plain files, by the calls and the
 * checks of virtio-net: the files ethtool/IFNAME/combined and
 * …/combined_max, and as many folders of queues as there are channels. It
 * is never asked where the root is "/".
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
