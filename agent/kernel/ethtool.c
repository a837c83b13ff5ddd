/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/kernel/ethtool.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/kernel/simulated-channels.h"
#include "agent/kernel/xdp.h"
#include "protocol/error.h"

struct VtEthtool
{
  const VtKernelFs *fs;
  int fd; /* -1: a fixture tree's counts */
};

VtEthtool *
vt_ethtool_new (const VtKernelFs *fs, GError **error)
{
  VtEthtool *ethtool;
  int fd = -1;

  /* SIOCETHTOOL works on a socket of any family (netdevice(7)). The agent's unit allows AF_UNIX
   * and AF_NETLINK only. */
  if (*vt_kernel_fs_get_root (fs) == '\0')
    {
      fd = socket (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
      if (fd < 0)
        {
          vt_error_set_errno (error, errno, "opening a socket for SIOCETHTOOL");
          return NULL;
        }
    }

  ethtool = g_new0 (VtEthtool, 1);
  ethtool->fs = fs;
  ethtool->fd = fd;

  return ethtool;
}

void
vt_ethtool_free (VtEthtool *ethtool)
{
  if (ethtool == NULL)
    return;

  if (ethtool->fd >= 0)
    close (ethtool->fd);
  g_free (ethtool);
}

/* @data: a struct of <linux/ethtool.h>. Returns: 0 or a negative errno. */
static int
call (const VtEthtool *ethtool, const char *ifname, void *data)
{
  struct ifreq request = { .ifr_data = data };

  if (strlen (ifname) >= sizeof request.ifr_name)
    return -ENODEV;

  strcpy (request.ifr_name, ifname);

  return ioctl (ethtool->fd, SIOCETHTOOL, &request) == 0 ? 0 : -errno;
}

static int
get_channels (const VtEthtool *ethtool, const char *ifname, struct ethtool_channels *channels)
{
  channels->cmd = ETHTOOL_GCHANNELS;
  if (ethtool->fd < 0)
    return vt_simulated_channels_get (ethtool->fs, ifname, channels);

  return call (ethtool, ifname, channels);
}

static int
set_channels (const VtEthtool *ethtool, const char *ifname, struct ethtool_channels *channels)
{
  channels->cmd = ETHTOOL_SCHANNELS;
  if (ethtool->fd < 0)
    return vt_simulated_channels_set (ethtool->fs, ifname, channels);

  return call (ethtool, ifname, channels);
}

/* The members of struct ethtool_channels that hold one kind. */
static guint32 *
count_of (struct ethtool_channels *channels, VtChannelKind kind)
{
  switch (kind)
    {
    case VT_CHANNEL_COMBINED:
      return &channels->combined_count;
    case VT_CHANNEL_RX:
      return &channels->rx_count;
    case VT_CHANNEL_TX:
      return &channels->tx_count;
    case VT_CHANNEL_OTHER:
      return &channels->other_count;
    case VT_N_CHANNEL_KINDS:
    default:
      g_return_val_if_reached (NULL);
    }
}

const char *
vt_channel_kind_word (VtChannelKind kind)
{
  static const char *const words[] = {
    [VT_CHANNEL_COMBINED] = "combined",
    [VT_CHANNEL_RX] = "rx",
    [VT_CHANNEL_TX] = "tx",
    [VT_CHANNEL_OTHER] = "other",
  };

  G_STATIC_ASSERT (G_N_ELEMENTS (words) == VT_N_CHANNEL_KINDS);

  return words[kind];
}

static VtChannels
convert (struct ethtool_channels *channels)
{
  VtChannels result = {
    .max = {
      [VT_CHANNEL_COMBINED] = channels->max_combined,
      [VT_CHANNEL_RX] = channels->max_rx,
      [VT_CHANNEL_TX] = channels->max_tx,
      [VT_CHANNEL_OTHER] = channels->max_other,
    },
  };

  for (guint kind = 0; kind < VT_N_CHANNEL_KINDS; kind++)
    result.count[kind] = *count_of (channels, kind);

  return result;
}

static gboolean
has_channels (const VtChannels *channels)
{
  for (guint kind = 0; kind < VT_N_CHANNEL_KINDS; kind++)
    {
      if (channels->max[kind] > 0)
        return TRUE;
    }

  return FALSE;
}

gboolean
vt_ethtool_get_channels (const VtEthtool *ethtool,
                         const char *ifname,
                         VtChannels *ret,
                         GError **error)
{
  struct ethtool_channels raw = { 0 };
  int result = get_channels (ethtool, ifname, &raw);
  VtChannels channels;

  if (result == -ENODEV)
    return vt_error_set (error, VT_ERROR_NO_SUCH_DEVICE, "no network device '%s'", ifname);
  if (result < 0 && result != -EOPNOTSUPP)
    return vt_error_set_errno (error, -result, "reading the channels of '%s'", ifname);

  channels = convert (&raw);
  if (result == -EOPNOTSUPP || !has_channels (&channels))
    return vt_error_set (error, VT_ERROR_NOT_OFFERED, "network device '%s' has no channels",
                         ifname);

  *ret = channels;

  return TRUE;
}

int
vt_ethtool_set_channels (const VtEthtool *ethtool,
                         const char *ifname,
                         VtChannelKind kind,
                         guint count)
{
  struct ethtool_channels channels = { 0 };
  int result = get_channels (ethtool, ifname, &channels);

  if (result < 0)
    return result;

  *count_of (&channels, kind) = count;

  return set_channels (ethtool, ifname, &channels);
}

char *
vt_ethtool_get_driver (const VtEthtool *ethtool, const char *ifname)
{
  struct ethtool_drvinfo info = { .cmd = ETHTOOL_GDRVINFO };

  if (ethtool->fd < 0)
    return vt_simulated_channels_get_driver (ethtool->fs, ifname);
  if (call (ethtool, ifname, &info) < 0)
    return NULL;

  return g_strndup (info.driver, sizeof info.driver);
}

gboolean
vt_ethtool_has_driver_xdp (const VtEthtool *ethtool, const char *ifname)
{
  if (ethtool->fd < 0)
    return vt_simulated_channels_has_xdp (ethtool->fs, ifname);

  return vt_xdp_get_mode (ifname) == VT_XDP_DRIVER;
}
