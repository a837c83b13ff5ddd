/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/engine/drift.h"

#define MAX_DEVICES   16384
#define MAX_REAPPLIES 1

typedef struct
{
  char *identity;
  guint reapplied;
  gboolean awaits_udev;
} Device;

struct VtDrift
{
  GHashTable *devices; /* "block/vda" → Device */
};

static void
device_free (Device *known)
{
  g_free (known->identity);
  g_free (known);
}

VtDrift *
vt_drift_new (void)
{
  VtDrift *drift = g_new0 (VtDrift, 1);

  drift->devices
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) device_free);

  return drift;
}

void
vt_drift_free (VtDrift *drift)
{
  g_hash_table_unref (drift->devices);
  g_free (drift);
}

/* What is known of the device; new where nothing is, or another device had the name before. */
static Device *
look_up (VtDrift *drift, const char *section, const char *device, const char *identity)
{
  g_autofree char *name = g_strdup_printf ("%s/%s", section, device);
  Device *known = g_hash_table_lookup (drift->devices, name);

  if (known != NULL && g_str_equal (known->identity, identity))
    return known;

  if (g_hash_table_size (drift->devices) >= MAX_DEVICES)
    vt_drift_reset (drift);

  known = g_new0 (Device, 1);
  known->identity = g_strdup (identity);
  g_hash_table_replace (drift->devices, g_steal_pointer (&name), known);

  return known;
}

void
vt_drift_await_udev (VtDrift *drift, const char *section, const char *device, const char *identity)
{
  Device *known = look_up (drift, section, device, identity);

  if (known->reapplied == 0)
    known->awaits_udev = TRUE;
}

gboolean
vt_drift_may_reapply (VtDrift *drift,
                      const char *section,
                      const char *device,
                      const char *identity,
                      gboolean *ret_by_udev)
{
  Device *known = look_up (drift, section, device, identity);

  if (known->reapplied >= MAX_REAPPLIES)
    return FALSE;

  known->reapplied++;
  *ret_by_udev = known->awaits_udev;
  return TRUE;
}

void
vt_drift_udev_done (VtDrift *drift, const char *section, const char *device)
{
  g_autofree char *name = g_strdup_printf ("%s/%s", section, device != NULL ? device : "");
  GHashTableIter iter;
  gpointer key, known;

  g_hash_table_iter_init (&iter, drift->devices);
  while (g_hash_table_iter_next (&iter, &key, &known))
    if (device != NULL ? g_str_equal (key, name) : g_str_has_prefix (key, name))
      ((Device *) known)->awaits_udev = FALSE;
}

void
vt_drift_forget (VtDrift *drift, const char *section, const char *device)
{
  g_autofree char *name = g_strdup_printf ("%s/%s", section, device);

  g_hash_table_remove (drift->devices, name);
}

void
vt_drift_reset (VtDrift *drift)
{
  g_hash_table_remove_all (drift->devices);
}
