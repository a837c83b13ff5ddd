/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Channel counts of a network device, as `ethtool -l` and `-L` show and set
 * them: ETHTOOL_GCHANNELS and ETHTOOL_SCHANNELS of <linux/ethtool.h> over
 * SIOCETHTOOL; and the driver's name (`ethtool -i`, ETHTOOL_GDRVINFO).
 *
 * An ioctl can't be pointed at a fixture tree: with a root other than "/"
 * the counts are files below that root (simulated-channels.h).
 */

#include <glib.h>

#include "agent/kernel/kernel-fs.h"

typedef struct VtEthtool VtEthtool;

typedef enum
{
  VT_CHANNEL_COMBINED, /* receives and transmits */
  VT_CHANNEL_RX,
  VT_CHANNEL_TX,
  VT_CHANNEL_OTHER, /* neither: link interrupts, SR-IOV coordination */
  VT_N_CHANNEL_KINDS
} VtChannelKind;

typedef struct
{
  guint count[VT_N_CHANNEL_KINDS]; /* in use */
  guint max[VT_N_CHANNEL_KINDS];   /* 0: the device has none of this kind */
} VtChannels;

/* "combined", "rx", "tx", "other": ethtool(8)'s words. */
const char *vt_channel_kind_word (VtChannelKind kind);

VtEthtool *vt_ethtool_new (const VtKernelFs *fs, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void vt_ethtool_free (VtEthtool *ethtool);

/* VT_ERROR_NOT_OFFERED: the device has no channels (EOPNOTSUPP, or all maxima are 0). */
gboolean vt_ethtool_get_channels (const VtEthtool *ethtool,
                                  const char *ifname,
                                  VtChannels *ret,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

/*
 * Sets the count of one kind. ETHTOOL_SCHANNELS takes all four counts; the
 * other three are set to what the device has now. Returns: 0 or a negative
 * errno.
 */
int vt_ethtool_set_channels (const VtEthtool *ethtool,
                             const char *ifname,
                             VtChannelKind kind,
                             guint count) G_GNUC_WARN_UNUSED_RESULT;

/* The driver's name as it tells it, "virtio_net". NULL: it does not. (transfer full) */
char *vt_ethtool_get_driver (const VtEthtool *ethtool, const char *ifname);

/* Whether the device's driver runs an XDP program. FALSE where the kernel does not tell. */
gboolean vt_ethtool_has_driver_xdp (const VtEthtool *ethtool, const char *ifname);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtEthtool, vt_ethtool_free)
