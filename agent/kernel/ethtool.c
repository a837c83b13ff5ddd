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

  /* SIOCETHTOOL works on a socket of any family (netdevice(7)): AF_UNIX is
   * the one that a sandbox leaves us. */
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

/* Returns: 0 or a negative errno. */
static int
call (const VtEthtool *ethtool, const char *ifname, struct ethtool_channels *channels)
{
  struct ifreq request = { .ifr_data = (void *) channels };

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

gboolean
vt_ethtool_get_channels (const VtEthtool *ethtool,
                         const char *ifname,
                         VtChannels *ret,
                         GError **error)
{
  struct ethtool_channels channels = { 0 };
  int result = get_channels (ethtool, ifname, &channels);

  if (result == -ENODEV)
    return vt_error_set (error, VT_ERROR_NO_SUCH_DEVICE, "no network device '%s'", ifname);
  if (result == -EOPNOTSUPP || (result == 0 && channels.max_combined == 0))
    return vt_error_set (error, VT_ERROR_NOT_OFFERED,
                         "network device '%s' has no combined channels", ifname);
  if (result < 0)
    return vt_error_set_errno (error, -result, "asking the channels of '%s'", ifname);

  ret->combined = channels.combined_count;
  ret->combined_max = channels.max_combined;

  return TRUE;
}

gboolean
vt_ethtool_set_combined (const VtEthtool *ethtool,
                         const char *ifname,
                         guint combined,
                         GError **error)
{
  struct ethtool_channels channels = { 0 };
  int result = get_channels (ethtool, ifname, &channels);

  /* The other counts go back as they came: a driver refuses what it can't have. */
  if (result == 0)
    {
      channels.combined_count = combined;
      result = set_channels (ethtool, ifname, &channels);
    }
  if (result < 0)
    return vt_error_set_errno (error, -result, "setting %u channels of '%s'", combined, ifname);

  return TRUE;
}
