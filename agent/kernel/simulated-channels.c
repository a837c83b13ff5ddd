/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/kernel/simulated-channels.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static gboolean
read_count (const VtKernelFs *fs, const char *ifname, const char *name, guint *ret)
{
  g_autofree char *path = g_strdup_printf ("ethtool/%s/%s", ifname, name);
  g_autofree char *text = vt_kernel_fs_read (fs, path, NULL);
  guint64 count;

  if (text == NULL || !g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT, &count, NULL))
    return FALSE;

  *ret = (guint) count;
  return TRUE;
}

/* A kind that the device lacks has no files and stays 0. */
static gboolean
read_kind (const VtKernelFs *fs, const char *ifname, const char *kind, guint *ret, guint *ret_max)
{
  g_autofree char *max = g_strconcat (kind, "_max", NULL);

  return read_count (fs, ifname, kind, ret) && read_count (fs, ifname, max, ret_max);
}

int
vt_simulated_channels_get (const VtKernelFs *fs,
                           const char *ifname,
                           struct ethtool_channels *channels)
{
  g_autofree char *device = g_strconcat ("sys/class/net/", ifname, NULL);
  gboolean found = FALSE;

  if (!vt_kernel_fs_exists (fs, device))
    return -ENODEV;

  found |= read_kind (fs, ifname, "combined", &channels->combined_count, &channels->max_combined);
  found |= read_kind (fs, ifname, "rx", &channels->rx_count, &channels->max_rx);
  found |= read_kind (fs, ifname, "tx", &channels->tx_count, &channels->max_tx);
  found |= read_kind (fs, ifname, "other", &channels->other_count, &channels->max_other);

  return found ? 0 : -EOPNOTSUPP;
}

char *
vt_simulated_channels_get_driver (const VtKernelFs *fs, const char *ifname)
{
  g_autofree char *path = g_strdup_printf ("ethtool/%s/driver", ifname);

  return vt_kernel_fs_read (fs, path, NULL);
}

gboolean
vt_simulated_channels_has_xdp (const VtKernelFs *fs, const char *ifname)
{
  g_autofree char *path = g_strdup_printf ("ethtool/%s/xdp", ifname);

  return vt_kernel_fs_exists (fs, path);
}

/* The kernel removes the folder of a queue that is not in use. The simulation renames it to a
 * hidden name, which begins with a dot. */
static void
show_queue (const VtKernelFs *fs, const char *ifname, const char *kind, guint queue, gboolean shown)
{
  g_autofree char *link = g_strdup_printf ("sys/class/net/%s/queues", ifname);
  g_autofree char *real = vt_kernel_fs_realpath (fs, link);
  const char *root = vt_kernel_fs_get_root (fs);
  g_autofree char *visible = g_strdup_printf ("%s/%s/%s-%u", root, real, kind, queue);
  g_autofree char *hidden = g_strdup_printf ("%s/%s/.%s-%u", root, real, kind, queue);
  int result = shown ? rename (hidden, visible) : rename (visible, hidden);

  if (result < 0 && errno != ENOENT)
    g_warning ("Can't show or hide %s: %s", visible, g_strerror (errno));
}

static void
show_queues (const VtKernelFs *fs, const char *ifname, const char *kind, guint count, guint max)
{
  for (guint queue = 0; queue < max; queue++)
    show_queue (fs, ifname, kind, queue, queue < count);
}

/* The checks of the kernel's ethtool_set_channels(), and virtio-net's of XDP. */
static int
check (const VtKernelFs *fs,
       const char *ifname,
       const struct ethtool_channels *now,
       const struct ethtool_channels *wanted)
{
  guint set_errno;

  if (read_count (fs, ifname, "set_errno", &set_errno))
    return -(int) set_errno;
  if (wanted->combined_count > now->max_combined || wanted->rx_count > now->max_rx
      || wanted->tx_count > now->max_tx || wanted->other_count > now->max_other)
    return -EINVAL;
  if (wanted->combined_count == 0 && (wanted->rx_count == 0 || wanted->tx_count == 0))
    return -EINVAL;

  return vt_simulated_channels_has_xdp (fs, ifname) ? -EINVAL : 0;
}

static int
write_kind (const VtKernelFs *fs, const char *ifname, const char *kind, guint before, guint after)
{
  g_autofree char *path = g_strdup_printf ("ethtool/%s/%s", ifname, kind);
  g_autofree char *text = g_strdup_printf ("%u", after);

  return before != after ? vt_kernel_fs_write_errno (fs, path, text) : 0;
}

int
vt_simulated_channels_set (const VtKernelFs *fs,
                           const char *ifname,
                           const struct ethtool_channels *channels)
{
  struct ethtool_channels now = { 0 };
  int result = vt_simulated_channels_get (fs, ifname, &now);

  if (result == 0)
    result = check (fs, ifname, &now, channels);
  if (result == 0)
    result = write_kind (fs, ifname, "combined", now.combined_count, channels->combined_count);
  if (result == 0)
    result = write_kind (fs, ifname, "rx", now.rx_count, channels->rx_count);
  if (result == 0)
    result = write_kind (fs, ifname, "tx", now.tx_count, channels->tx_count);
  if (result == 0)
    result = write_kind (fs, ifname, "other", now.other_count, channels->other_count);
  if (result < 0)
    return result;

  show_queues (fs, ifname, "rx", channels->rx_count + channels->combined_count,
               now.max_rx + now.max_combined);
  show_queues (fs, ifname, "tx", channels->tx_count + channels->combined_count,
               now.max_tx + now.max_combined);

  return 0;
}
