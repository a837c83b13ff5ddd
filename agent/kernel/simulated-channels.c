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

int
vt_simulated_channels_get (const VtKernelFs *fs,
                           const char *ifname,
                           struct ethtool_channels *channels)
{
  g_autofree char *device = g_strconcat ("sys/class/net/", ifname, NULL);

  if (!vt_kernel_fs_exists (fs, device))
    return -ENODEV;
  if (!read_count (fs, ifname, "combined", &channels->combined_count)
      || !read_count (fs, ifname, "combined_max", &channels->max_combined))
    return -EOPNOTSUPP;

  return 0;
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

int
vt_simulated_channels_set (const VtKernelFs *fs,
                           const char *ifname,
                           const struct ethtool_channels *channels)
{
  g_autofree char *path = g_strdup_printf ("ethtool/%s/combined", ifname);
  g_autofree char *text = g_strdup_printf ("%u", channels->combined_count);
  guint max = 0;
  int result;

  if (!read_count (fs, ifname, "combined_max", &max))
    return -EOPNOTSUPP;
  if (channels->combined_count == 0 || channels->combined_count > max)
    return -EINVAL;

  result = vt_kernel_fs_write_errno (fs, path, text);
  for (guint queue = 0; queue < max && result == 0; queue++)
    {
      show_queue (fs, ifname, "rx", queue, queue < channels->combined_count);
      show_queue (fs, ifname, "tx", queue, queue < channels->combined_count);
    }

  return result;
}
