/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <stdlib.h>

#include "agent/kernel/ethtool.h"

/*
 * channels IFNAME [KIND COUNT]: shows or sets channels with the agent's own
 * code. The agent itself tunes only network devices that have a parent device.
 * In the test guests, devices with separate rx and tx channels have none.
 */

static int
parse_kind (const char *word)
{
  for (int kind = 0; kind < VT_N_CHANNEL_KINDS; kind++)
    {
      if (g_str_equal (vt_channel_kind_word (kind), word))
        return kind;
    }

  g_error ("'%s' is no kind of channels", word);
}

static void
show (const VtChannels *channels)
{
  for (guint kind = 0; kind < VT_N_CHANNEL_KINDS; kind++)
    g_print ("%s %u of %u\n", vt_channel_kind_word (kind), channels->count[kind],
             channels->max[kind]);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VtKernelFs) fs = vt_kernel_fs_new (NULL, &error);
  g_autoptr (VtEthtool) ethtool = fs != NULL ? vt_ethtool_new (fs, &error) : NULL;
  VtChannels channels;

  if (argc != 2 && argc != 4)
    g_error ("channels IFNAME [KIND COUNT]");
  if (ethtool == NULL || !vt_ethtool_get_channels (ethtool, argv[1], &channels, &error))
    {
      g_printerr ("%s\n", error->message);
      return 1;
    }

  if (argc == 2)
    show (&channels);
  else
    {
      const int result = vt_ethtool_set_channels (ethtool, argv[1], parse_kind (argv[2]),
                                                  (guint) atoi (argv[3]));

      g_printerr ("%s\n", g_strerror (-result));
      return result == 0 ? 0 : 1;
    }

  return 0;
}
