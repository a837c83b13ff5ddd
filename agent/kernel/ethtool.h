/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Channel counts of a network device, as `ethtool -l` and `-L` show and set
 * them: ETHTOOL_GCHANNELS and ETHTOOL_SCHANNELS of <linux/ethtool.h> over
 * SIOCETHTOOL. Only combined channels, which is what virtio-net has.
 *
 * An ioctl can't be pointed at a fixture tree: with a root other than "/"
 * the counts are the files ethtool/IFNAME/combined and …/combined_max below
 * that root, with the kernel's checks.
 */

#include <glib.h>

#include "agent/kernel/kernel-fs.h"

typedef struct VtEthtool VtEthtool;

typedef struct
{
  guint combined;
  guint combined_max;
} VtChannels;

VtEthtool *vt_ethtool_new (const VtKernelFs *fs, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void vt_ethtool_free (VtEthtool *ethtool);

/* VT_ERROR_NOT_OFFERED where the device has no combined channels (EOPNOTSUPP). */
gboolean vt_ethtool_get_channels (const VtEthtool *ethtool,
                                  const char *ifname,
                                  VtChannels *ret,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean vt_ethtool_set_combined (const VtEthtool *ethtool,
                                  const char *ifname,
                                  guint combined,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtEthtool, vt_ethtool_free)
