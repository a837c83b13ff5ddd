/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <errno.h>

#include "agent/kernel/cpu-set.h"
#include "agent/kernel/housekeeping.h"
#include "agent/tunables/net-device.h"
#include "agent/tunables/refusal.h"
#include "agent/tunables/side-effects.h"
#include "agent/tunables/tunables.h"
#include "agent/tunables/value.h"
#include "protocol/error.h"

/*
 * net/DEVICE/combined, …/rx, …/tx and …/other: the number of channels in use
 * of each kind, as ethtool(8) counts them. A device has an attribute for each
 * kind whose maximum is not 0. virtio-net has combined channels only, and
 * starts with one for each CPU at boot. Some passed-through functions have
 * separate rx and tx channels.
 */

/* Indexed by VtChannelKind; tunable.h wants a NULL at the end. */
static const char *const names[] = { "combined", "rx", "tx", "other", NULL };

G_STATIC_ASSERT (G_N_ELEMENTS (names) == VT_N_CHANNEL_KINDS + 1);

/* VtAttribute's row points to one of these. */
static const VtChannelKind kinds[]
    = { VT_CHANNEL_COMBINED, VT_CHANNEL_RX, VT_CHANNEL_TX, VT_CHANNEL_OTHER };

/* These drivers' set_channels() fails with EINVAL while an XDP program is attached
 * (virtnet_set_channels() of drivers/net/virtio_net.c). Other drivers may accept the change. */
static const char *const fixed_by_xdp[] = { "virtio_net", NULL };

static VtChannelKind
kind_of (const VtAttribute *attribute)
{
  return *(const VtChannelKind *) attribute->row;
}

static char *
channels_read (const VtAttribute *attribute, const VtSystem *system, GError **error)
{
  VtChannels channels;

  if (!vt_ethtool_get_channels (system->ethtool, attribute->device, &channels, error))
    return NULL;

  return g_strdup_printf ("%u", channels.count[kind_of (attribute)]);
}

/* Why the driver may have refused. @errsv: its error number. (transfer full) */
static char *
explain_refusal (const VtSystem *system, const char *ifname, int errsv)
{
  const char *reason;

  if (errsv == EINVAL && vt_ethtool_has_driver_xdp (system->ethtool, ifname))
    return g_strdup_printf ("an XDP program is attached to %s (ip link show %s); the driver "
                            "changes no channels meanwhile",
                            ifname, ifname);
  if (errsv == EINVAL)
    return g_strdup_printf ("the driver of %s does not take this count now: an AF_XDP socket, a "
                            "receive hash table (ethtool -x %s) or the other channel counts may "
                            "exclude it",
                            ifname, ifname);
  if (errsv == EOPNOTSUPP)
    return g_strdup_printf ("the driver of %s shows its channels and can't change them", ifname);
  if (errsv == EBUSY)
    return g_strdup_printf ("the driver of %s is busy with another change or a reset", ifname);

  reason = vt_refusal_find (NULL, errsv);

  return g_strdup (reason != NULL ? reason : "the driver gives no reason");
}

static gboolean
channels_write (const VtAttribute *attribute,
                const VtSystem *system,
                const char *value,
                GError **error)
{
  const VtChannelKind kind = kind_of (attribute);
  g_autofree char *reason = NULL;
  gint64 count = 0;
  int result;

  if (!vt_value_parse_number (value, &count) || count < 0 || count > G_MAXINT32)
    return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT, "'%s' is no number of channels", value);

  result = vt_ethtool_set_channels (system->ethtool, attribute->device, kind, (guint) count);
  if (result == 0)
    return TRUE;

  reason = explain_refusal (system, attribute->device, -result);

  return vt_error_set (error, result == -ENODEV ? VT_ERROR_NO_SUCH_DEVICE : VT_ERROR_GENERIC,
                       "setting %s %s channels of '%s': %s: %s", value, names[kind],
                       attribute->device, g_strerror (-result), reason);
}

/* The kernel's ethtool_set_channels() wants at least one channel to receive and one to transmit. */
static guint
get_min (const VtChannels *channels, VtChannelKind kind)
{
  const gboolean separate = channels->max[VT_CHANNEL_RX] > 0 && channels->max[VT_CHANNEL_TX] > 0;

  if (kind == VT_CHANNEL_OTHER)
    return 0;
  if (kind == VT_CHANNEL_COMBINED)
    return separate ? 0 : 1;

  return channels->max[VT_CHANNEL_COMBINED] > 0 ? 0 : 1;
}

/* Some drivers have either combined or separate channels. "auto" doesn't switch between them. */
static const char *
find_conflict (const VtChannels *channels, VtChannelKind kind)
{
  const guint *count = channels->count;

  if (count[kind] > 0)
    return NULL;
  if (kind == VT_CHANNEL_COMBINED && (count[VT_CHANNEL_RX] > 0 || count[VT_CHANNEL_TX] > 0))
    return "the device uses separate rx and tx channels";
  if (kind != VT_CHANNEL_COMBINED && count[VT_CHANNEL_COMBINED] > 0)
    return "the device uses combined channels";

  return NULL;
}

static gboolean
is_fixed_by_xdp (const VtSystem *system, const char *ifname)
{
  g_autofree char *driver = vt_net_device_driver (system->fs, ifname);

  return driver != NULL && g_strv_contains (fixed_by_xdp, driver)
         && vt_ethtool_has_driver_xdp (system->ethtool, ifname);
}

/* "auto" and "max" change nothing while the device is known to refuse a change. */
static void
decide_count (const VtAttribute *attribute,
              const VtSystem *system,
              const VtChannels *channels,
              guint count,
              VtDecision *ret)
{
  if (count != channels->count[kind_of (attribute)] && is_fixed_by_xdp (system, attribute->device))
    ret->reason = explain_refusal (system, attribute->device, EINVAL);
  else
    ret->value = g_strdup_printf ("%u", count);
}

static gboolean
decide_auto (const VtAttribute *attribute,
             const VtSystem *system,
             const VtChannels *channels,
             VtDecision *ret,
             GError **error)
{
  const VtChannelKind kind = kind_of (attribute);
  const guint max = channels->max[kind];
  const char *conflict = find_conflict (channels, kind);
  g_autoptr (GArray) online = vt_cpu_set_online (system->fs, error);
  g_autoptr (GArray) cpus = online != NULL ? vt_housekeeping_cpus (system->fs, error) : NULL;

  if (cpus == NULL)
    return FALSE;
  if (conflict != NULL)
    {
      ret->reason = g_strdup (conflict);
      return TRUE;
    }

  decide_count (attribute, system, channels, CLAMP (cpus->len, 1, max), ret);
  if (ret->reason == NULL && cpus->len < online->len)
    ret->reason = g_strdup_printf ("%u of %u vCPUs are not isolated, up to %u queues", cpus->len,
                                   online->len, max);
  else if (ret->reason == NULL)
    ret->reason = g_strdup_printf ("%u vCPUs online, up to %u queues", online->len, max);

  return TRUE;
}

static gboolean
channels_decide (const VtAttribute *attribute,
                 const VtQuestion *question,
                 const char *wanted,
                 VtDecision *ret,
                 GError **error)
{
  const VtSystem *system = question->system;
  const VtChannelKind kind = kind_of (attribute);
  VtChannels channels;

  if (!vt_ethtool_get_channels (system->ethtool, attribute->device, &channels, error))
    return FALSE;
  if (kind != VT_CHANNEL_OTHER && g_str_equal (wanted, "auto"))
    return decide_auto (attribute, system, &channels, ret, error);
  if (!g_str_equal (wanted, "max"))
    return vt_value_decide_number (wanted, channels.count[kind], get_min (&channels, kind),
                                   channels.max[kind], ret, error);

  decide_count (attribute, system, &channels, channels.max[kind], ret);

  return TRUE;
}

static char *
channels_allowed (const VtAttribute *attribute, const VtSystem *system)
{
  const VtChannelKind kind = kind_of (attribute);
  VtChannels channels;

  if (!vt_ethtool_get_channels (system->ethtool, attribute->device, &channels, NULL))
    return NULL;

  return vt_value_range (get_min (&channels, kind), channels.max[kind]);
}

static const VtAttributeOps channels_ops = {
  .read = channels_read,
  .write = channels_write,
  .decide = channels_decide,
  .allowed = channels_allowed,
};

static VtAttribute *
channels_new (const VtKernelFs *fs, const char *ifname, VtChannelKind kind)
{
  g_autofree char *identity = vt_net_device_identity (fs, ifname);
  VtAttribute *attribute
      = vt_attribute_new (&channels_ops, "net", ifname, names[kind], identity, NULL);

  attribute->rank = VT_RANK_CHANNELS;
  attribute->number = TRUE;
  attribute->row = &kinds[kind];
  vt_side_effects_fill (attribute);

  return attribute;
}

static void
channels_enumerate (const VtSystem *system, const char *device, GPtrArray *attributes)
{
  g_auto (GStrv) devices = vt_net_devices_list (system, device);

  for (guint i = 0; devices[i] != NULL; i++)
    {
      VtChannels channels;

      if (!vt_ethtool_get_channels (system->ethtool, devices[i], &channels, NULL))
        continue;

      for (guint kind = 0; kind < VT_N_CHANNEL_KINDS; kind++)
        {
          if (channels.max[kind] > 0)
            g_ptr_array_add (attributes, channels_new (system->fs, devices[i], kind));
        }
    }
}

/* "4 of 4 channels", "2 of 8 rx channels, 2 of 8 tx channels". (transfer full) */
static char *
describe_channels (const VtChannels *channels)
{
  static const char *const words[] = { "", "rx ", "tx " };
  GString *text = g_string_new (NULL);

  for (guint kind = 0; kind < G_N_ELEMENTS (words); kind++)
    {
      if (channels->max[kind] > 0)
        g_string_append_printf (text, "%s%u of %u %schannels", text->len > 0 ? ", " : "",
                                channels->count[kind], channels->max[kind], words[kind]);
    }

  return g_string_free (text, FALSE);
}

static void
net_describe (const VtSystem *system, GPtrArray *devices)
{
  g_auto (GStrv) here = vt_net_devices_list (system, NULL);

  for (guint i = 0; here[i] != NULL; i++)
    {
      g_autofree char *driver = vt_net_device_driver (system->fs, here[i]);
      g_autofree char *detail = NULL;
      VtChannels channels;

      if (vt_ethtool_get_channels (system->ethtool, here[i], &channels, NULL))
        detail = describe_channels (&channels);

      g_ptr_array_add (devices,
                       vt_device_new ("net", here[i],
                                      driver != NULL ? g_strdelimit (driver, "_", '-') : "unknown",
                                      detail));
    }
}

const VtTunable vt_tunable_net_channels = {
  .section = "net",
  .names = names,
  .enumerate = channels_enumerate,
  .describe = net_describe,
};
