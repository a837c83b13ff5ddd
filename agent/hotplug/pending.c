/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/hotplug/pending.h"

#include <string.h>

struct VtPending
{
  GMutex mutex;
  VtPendingFlags flags;
  guint64 from;       /* index of the first memory block to sweep */
  GPtrArray *devices; /* of VtPendingDevice; NULL: none */
};

static void
pending_device_free (gpointer data)
{
  VtPendingDevice *device = data;

  g_free (device->section);
  g_free (device->device);
  g_free (device);
}

VtPending *
vt_pending_new (void)
{
  VtPending *pending = g_new0 (VtPending, 1);

  g_mutex_init (&pending->mutex);
  pending->from = G_MAXUINT64;
  return pending;
}

void
vt_pending_free (VtPending *pending)
{
  if (pending == NULL)
    return;

  g_clear_pointer (&pending->devices, g_ptr_array_unref);
  g_mutex_clear (&pending->mutex);
  g_free (pending);
}

void
vt_pending_add (VtPending *pending, VtPendingFlags flags)
{
  g_mutex_lock (&pending->mutex);
  pending->flags |= flags;
  if (flags & VT_PENDING_SWEEP)
    pending->from = 0;
  g_mutex_unlock (&pending->mutex);
}

void
vt_pending_add_block (VtPending *pending, guint64 index)
{
  g_mutex_lock (&pending->mutex);
  pending->flags |= VT_PENDING_SWEEP;
  pending->from = MIN (pending->from, index);
  g_mutex_unlock (&pending->mutex);
}

static VtPendingDevice *
pending_find (const VtPending *pending, const char *section, const char *device)
{
  for (guint i = 0; i < pending->devices->len; i++)
    {
      VtPendingDevice *found = pending->devices->pdata[i];

      if (strcmp (found->device, device) == 0 && strcmp (found->section, section) == 0)
        return found;
    }
  return NULL;
}

/* Returns: NULL if too many devices are pending; then all devices become pending. */
static VtPendingDevice *
pending_insert (VtPending *pending, const char *section, const char *device)
{
  VtPendingDevice *inserted;

  if (pending->devices->len >= VT_PENDING_MAX)
    {
      pending->flags |= VT_PENDING_ALL_DEVICES;
      return NULL;
    }

  inserted = g_new0 (VtPendingDevice, 1);
  inserted->section = g_strdup (section);
  inserted->device = g_strdup (device);
  g_ptr_array_add (pending->devices, inserted);
  return inserted;
}

void
vt_pending_add_device (VtPending *pending,
                       const char *section,
                       const char *device,
                       VtPendingChange change)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&pending->mutex);
  VtPendingDevice *found;

  if (pending->devices == NULL)
    pending->devices = g_ptr_array_new_with_free_func (pending_device_free);

  found = pending_find (pending, section, device);
  if (found == NULL)
    found = pending_insert (pending, section, device);
  if (found == NULL)
    return;

  found->early = change == VT_PENDING_ADDED_EARLY && (!found->added || found->early);
  found->removed |= change == VT_PENDING_REMOVED;
  found->added = change != VT_PENDING_REMOVED;
}

gboolean
vt_pending_is_empty (VtPending *pending)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&pending->mutex);

  return pending->flags == 0 && pending->devices == NULL;
}

VtPendingFlags
vt_pending_take (VtPending *pending, GPtrArray **ret_devices, guint64 *ret_from)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&pending->mutex);
  VtPendingFlags flags = pending->flags;

  pending->flags = 0;
  if (ret_from != NULL)
    *ret_from = pending->from;
  pending->from = G_MAXUINT64;
  *ret_devices = g_steal_pointer (&pending->devices);
  return flags;
}
