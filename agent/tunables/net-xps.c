/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <errno.h>

#include "agent/kernel/cpu-set.h"
#include "agent/kernel/housekeeping.h"
#include "agent/tunables/net-device.h"
#include "agent/tunables/refusal.h"
#include "agent/tunables/tunables.h"

/*
 * net/DEVICE/xps: which CPUs send through which queue, the xps_cpus of
 * networking/scaling. The value is one mask a TX queue: "1 2 4 8".
 */

static const char *const names[] = { "xps", NULL };

static char *
queue_path (const char *ifname, guint queue)
{
  return g_strdup_printf ("sys/class/net/%s/queues/tx-%u/xps_cpus", ifname, queue);
}

static char *
xps_read (const VtAttribute *attribute, const VtSystem *system, GError **error)
{
  g_autoptr (GString) masks = g_string_new (NULL);
  guint queues = vt_net_device_tx_queues (system->fs, attribute->device);

  for (guint queue = 0; queue < queues; queue++)
    {
      g_autofree char *path = queue_path (attribute->device, queue);
      g_autofree char *text = vt_kernel_fs_read (system->fs, path, error);
      g_autofree char *mask = text != NULL ? vt_cpu_mask_normalise (text) : NULL;

      if (mask == NULL)
        return NULL;

      g_string_append_printf (masks, "%s%s", queue > 0 ? " " : "", mask);
    }

  return g_string_free (g_steal_pointer (&masks), FALSE);
}

/* xps_cpus_store() of net/core/net-sysfs.c. A queue's folder vanishes with its channel. */
static const VtRefusalReason reasons[] = {
  { ENOENT, "the device has no such queue, or only one" },
  { EINVAL, "the mask names a CPU that the kernel does not know" },
  { 0, NULL },
};

static gboolean
xps_write (const VtAttribute *attribute, const VtSystem *system, const char *value, GError **error)
{
  g_auto (GStrv) masks = g_strsplit (value, " ", -1);

  for (guint queue = 0; masks[queue] != NULL; queue++)
    {
      g_autofree char *path = queue_path (attribute->device, queue);

      if (!vt_refusal_write (system->fs, path, masks[queue], reasons, error))
        return FALSE;
    }

  return TRUE;
}

/* Shares out the CPUs over the queues: one CPU for each queue if there are as many of both. */
static char *
spread (const GArray *cpus, guint queues)
{
  GString *masks = g_string_new (NULL);

  for (guint queue = 0; queue < queues; queue++)
    {
      g_autoptr (GArray) share = vt_cpu_set_share (cpus, queue, queues);
      g_autofree char *mask = vt_cpu_set_to_mask (share);

      g_string_append_printf (masks, "%s%s", queue > 0 ? " " : "", mask);
    }

  return g_string_free (masks, FALSE);
}

static gboolean
decide_auto (const VtAttribute *attribute,
             const VtQuestion *question,
             VtDecision *ret,
             GError **error)
{
  guint queues = vt_net_device_planned_queues (question, attribute->device);
  g_autoptr (GArray) cpus = vt_housekeeping_cpus (question->system->fs, error);

  if (cpus == NULL)
    return FALSE;

  if (queues < 2)
    ret->reason = g_strdup ("there is only one queue to send through");
  else
    ret->value = spread (cpus, queues);

  return TRUE;
}

static gboolean
xps_decide (const VtAttribute *attribute,
            const VtQuestion *question,
            const char *wanted,
            VtDecision *ret,
            GError **error)
{
  return vt_net_decide (attribute, question, wanted, decide_auto, ret, error);
}

static const VtAttributeOps xps_ops = {
  .read = xps_read,
  .write = xps_write,
  .decide = xps_decide,
  .allowed = vt_net_allowed,
};

static void
xps_enumerate (const VtSystem *system, const char *device, GPtrArray *attributes)
{
  g_auto (GStrv) devices = vt_net_devices_list (system, device);

  for (guint i = 0; devices[i] != NULL; i++)
    {
      g_autofree char *path = queue_path (devices[i], 0);
      g_autofree char *mask = vt_kernel_fs_read (system->fs, path, NULL);

      /* A device that can have one queue alone shows the file and can't read it. */
      if (mask == NULL)
        continue;

      vt_net_add_attribute (attributes, system, &xps_ops, devices[i], names[0], VT_RANK_XPS);
    }
}

const VtTunable vt_tunable_net_xps = {
  .section = "net",
  .names = names,
  .enumerate = xps_enumerate,
};
