/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/tunables/net-device.h"

#include <string.h>

#include "agent/tunables/value.h"
#include "protocol/error.h"

#define FOLDER "sys/class/net"

/*
 * virtio-net with a standby feature makes a second interface for its device. That one sends through
 * the first interface, or through the passed-through card that the first one stands by for. It has
 * neither channels nor interrupts of its own (net_failover_create() of drivers/net/net_failover.c).
 */
static gboolean
is_failover (const VtSystem *system, const char *ifname)
{
  g_autofree char *driver = vt_ethtool_get_driver (system->ethtool, ifname);

  return g_strcmp0 (driver, "net_failover") == 0;
}

static gboolean
is_tunable (const VtSystem *system, const char *ifname)
{
  g_autofree char *path = g_build_filename (FOLDER, ifname, "device", NULL);

  return vt_kernel_fs_exists (system->fs, path) && !is_failover (system, ifname);
}

GStrv
vt_net_devices_list (const VtSystem *system, const char *device)
{
  g_auto (GStrv) all = vt_kernel_fs_list (system->fs, FOLDER);
  GPtrArray *devices = g_ptr_array_new ();

  for (guint i = 0; all[i] != NULL; i++)
    {
      if ((device == NULL || g_str_equal (all[i], device)) && is_tunable (system, all[i]))
        g_ptr_array_add (devices, g_strdup (all[i]));
    }

  g_ptr_array_add (devices, NULL);

  return (GStrv) g_ptr_array_free (devices, FALSE);
}

char *
vt_net_device_identity (const VtKernelFs *fs, const char *ifname)
{
  g_autofree char *link = g_build_filename (FOLDER, ifname, "device", NULL);
  g_autofree char *path = g_build_filename (FOLDER, ifname, "ifindex", NULL);
  g_autofree char *real = vt_kernel_fs_realpath (fs, link);
  g_autofree char *ifindex = vt_kernel_fs_read (fs, path, NULL);

  return g_strconcat (real != NULL ? real : "", " ifindex=", ifindex != NULL ? ifindex : "?", NULL);
}

char *
vt_net_device_driver (const VtKernelFs *fs, const char *ifname)
{
  g_autofree char *link = g_build_filename (FOLDER, ifname, "device/driver", NULL);
  g_autofree char *real = vt_kernel_fs_realpath (fs, link);

  return real != NULL ? g_path_get_basename (real) : NULL;
}

static gboolean
count_tx (const char *name, gpointer data)
{
  guint *count = data;

  if (g_str_has_prefix (name, "tx-"))
    (*count)++;

  return TRUE;
}

guint
vt_net_device_tx_queues (const VtKernelFs *fs, const char *ifname)
{
  g_autofree char *path = g_build_filename (FOLDER, ifname, "queues", NULL);
  guint count = 0;

  if (vt_kernel_fs_each (fs, path, count_tx, &count) < 0)
    return 0;

  return count;
}

/* How many channels of @kind the plan adds to the device; negative: it removes some. */
static gint64
count_growth (const VtQuestion *question,
              const char *ifname,
              const VtChannels *channels,
              VtChannelKind kind)
{
  g_autofree char *key = g_strdup_printf ("net/%s/%s", ifname, vt_channel_kind_word (kind));
  const char *planned = question->planned != NULL ? question->planned (question->plan, key) : NULL;
  gint64 count;

  if (planned == NULL || !vt_value_parse_number (planned, &count))
    return 0;

  return count - (gint64) channels->count[kind];
}

guint
vt_net_device_planned_queues (const VtQuestion *question, const char *ifname)
{
  gint64 queues = vt_net_device_tx_queues (question->system->fs, ifname);
  VtChannels channels;

  /* Each combined and each tx channel is one TX queue; a driver may have more queues than these. */
  if (vt_ethtool_get_channels (question->system->ethtool, ifname, &channels, NULL))
    queues += count_growth (question, ifname, &channels, VT_CHANNEL_COMBINED)
              + count_growth (question, ifname, &channels, VT_CHANNEL_TX);

  return queues > 0 ? (guint) queues : 0;
}

gboolean
vt_net_decide (const VtAttribute *attribute,
               const VtQuestion *question,
               const char *wanted,
               VtNetAutoFunc decide_auto,
               VtDecision *ret,
               GError **error)
{
  if (g_str_equal (wanted, "auto"))
    return decide_auto (attribute, question, ret, error);
  if (!g_str_equal (wanted, "off"))
    return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT, "'%s' is not known; allowed: auto off",
                         wanted);

  ret->reason = g_strdup ("off");
  return TRUE;
}

char *
vt_net_allowed (const VtAttribute *attribute, const VtSystem *system)
{
  return g_strdup ("auto off");
}

void
vt_net_add_attribute (GPtrArray *attributes,
                      const VtSystem *system,
                      const VtAttributeOps *ops,
                      const char *device,
                      const char *name,
                      VtRank rank)
{
  g_autofree char *identity = vt_net_device_identity (system->fs, device);
  VtAttribute *attribute = vt_attribute_new (ops, "net", device, name, identity, NULL);

  attribute->rank = rank;
  g_ptr_array_add (attributes, attribute);
}
