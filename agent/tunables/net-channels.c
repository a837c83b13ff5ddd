/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/kernel/cpu-set.h"
#include "agent/tunables/net-device.h"
#include "agent/tunables/tunables.h"
#include "agent/tunables/value.h"

/*
 * net/DEVICE/combined: queue pairs in use. virtio-net starts with as many as
 * there are CPUs at boot, and stays there when more are plugged.
 */

static const char *const names[] = { "combined", NULL };

static char *
combined_read (const VtAttribute *attribute, const VtSystem *system, GError **error)
{
  VtChannels channels;

  if (!vt_ethtool_get_channels (system->ethtool, attribute->device, &channels, error))
    return NULL;

  return g_strdup_printf ("%u", channels.combined);
}

static gboolean
combined_write (const VtAttribute *attribute,
                const VtSystem *system,
                const char *value,
                GError **error)
{
  g_auto (VtDecision) checked = { NULL, NULL };
  guint64 combined = 0;

  if (!vt_value_decide_number (value, 0, 1, G_MAXINT32, &checked, error))
    return FALSE;

  combined = g_ascii_strtoull (checked.value, NULL, 10);

  return vt_ethtool_set_combined (system->ethtool, attribute->device, (guint) combined, error);
}

static gboolean
decide_auto (const VtKernelFs *fs, const VtChannels *channels, VtDecision *ret, GError **error)
{
  g_autoptr (GArray) online = vt_cpu_set_online (fs, error);

  if (online == NULL)
    return FALSE;

  ret->value = g_strdup_printf ("%u", CLAMP (online->len, 1, channels->combined_max));
  ret->reason
      = g_strdup_printf ("%u vCPUs online, up to %u queues", online->len, channels->combined_max);

  return TRUE;
}

static gboolean
combined_decide (const VtAttribute *attribute,
                 const VtQuestion *question,
                 const char *wanted,
                 VtDecision *ret,
                 GError **error)
{
  const VtSystem *system = question->system;
  VtChannels channels;

  if (!vt_ethtool_get_channels (system->ethtool, attribute->device, &channels, error))
    return FALSE;
  if (g_str_equal (wanted, "auto"))
    return decide_auto (system->fs, &channels, ret, error);
  if (!g_str_equal (wanted, "max"))
    return vt_value_decide_number (wanted, channels.combined, 1, channels.combined_max, ret, error);

  ret->value = g_strdup_printf ("%u", channels.combined_max);

  return TRUE;
}

static char *
combined_allowed (const VtAttribute *attribute, const VtSystem *system)
{
  VtChannels channels;

  if (!vt_ethtool_get_channels (system->ethtool, attribute->device, &channels, NULL))
    return NULL;

  return vt_value_range (1, channels.combined_max);
}

static const VtAttributeOps combined_ops = {
  .read = combined_read,
  .write = combined_write,
  .decide = combined_decide,
  .allowed = combined_allowed,
};

static VtAttribute *
combined_new (const VtKernelFs *fs, const char *ifname)
{
  g_autofree char *identity = vt_net_device_identity (fs, ifname);
  VtAttribute *attribute
      = vt_attribute_new (&combined_ops, "net", ifname, names[0], identity, NULL);

  attribute->rank = VT_RANK_CHANNELS;
  attribute->number = TRUE;
  attribute->disturbs = g_new0 (char *, 3);
  attribute->disturbs[0] = g_strdup_printf ("net/%s/xps", ifname);
  attribute->disturbs[1] = g_strdup_printf ("net/%s/irq_affinity", ifname);

  return attribute;
}

static void
combined_enumerate (const VtSystem *system, const char *device, GPtrArray *attributes)
{
  g_auto (GStrv) devices = vt_net_devices_list (system->fs, device);

  for (guint i = 0; devices[i] != NULL; i++)
    {
      VtChannels channels;

      if (vt_ethtool_get_channels (system->ethtool, devices[i], &channels, NULL))
        g_ptr_array_add (attributes, combined_new (system->fs, devices[i]));
    }
}

static void
net_describe (const VtSystem *system, GPtrArray *devices)
{
  g_auto (GStrv) names_here = vt_net_devices_list (system->fs, NULL);

  for (guint i = 0; names_here[i] != NULL; i++)
    {
      g_autofree char *driver = vt_net_device_driver (system->fs, names_here[i]);
      g_autofree char *detail = NULL;
      VtChannels channels;

      if (vt_ethtool_get_channels (system->ethtool, names_here[i], &channels, NULL))
        detail = g_strdup_printf ("%u of %u channels", channels.combined, channels.combined_max);

      g_ptr_array_add (devices,
                       vt_device_new ("net", names_here[i],
                                      driver != NULL ? g_strdelimit (driver, "_", '-') : "unknown",
                                      detail));
    }
}

const VtTunable vt_tunable_net_channels = {
  .section = "net",
  .names = names,
  .subsystem = "net",
  .enumerate = combined_enumerate,
  .describe = net_describe,
};
