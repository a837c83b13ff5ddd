/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/hotplug/uevent.h"

#include <libudev.h>
#include <string.h>

typedef struct
{
  const char *key; /* with the "=" */
  gsize offset;    /* of the field in VtDeviceEvent */
} UeventField;

static const UeventField uevent_fields[] = {
  { "ACTION=", G_STRUCT_OFFSET (VtDeviceEvent, action) },
  { "DEVPATH=", G_STRUCT_OFFSET (VtDeviceEvent, devpath) },
  { "DEVTYPE=", G_STRUCT_OFFSET (VtDeviceEvent, devtype) },
  { "SYNTH_UUID=", G_STRUCT_OFFSET (VtDeviceEvent, synthetic) },
  { "SUBSYSTEM=", G_STRUCT_OFFSET (VtDeviceEvent, subsystem) },
};

static void
uevent_set_field (VtDeviceEvent *event, const char *property)
{
  for (gsize i = 0; i < G_N_ELEMENTS (uevent_fields); i++)
    {
      gsize len = strlen (uevent_fields[i].key);

      if (strncmp (property, uevent_fields[i].key, len) == 0)
        G_STRUCT_MEMBER (const char *, event, uevent_fields[i].offset) = property + len;
    }
}

/* The name of the device's folder in /sys. */
static gboolean
set_sysname (VtDeviceEvent *event)
{
  const char *slash = strrchr (event->devpath, '/');

  if (slash == NULL || slash[1] == '\0')
    return FALSE;

  event->sysname = slash + 1;
  return TRUE;
}

gboolean
vt_uevent_parse (const char *message, gsize len, VtDeviceEvent *ret)
{
  VtDeviceEvent event = { NULL };

  if (len == 0 || message[len - 1] != '\0' || strchr (message, '@') == NULL)
    return FALSE;

  for (gsize at = strlen (message) + 1; at < len; at += strlen (message + at) + 1)
    uevent_set_field (&event, message + at);

  if (event.action == NULL || event.subsystem == NULL || event.devpath == NULL
      || !set_sysname (&event))
    return FALSE;

  *ret = event;
  return TRUE;
}

gboolean
vt_uevent_from_udev (struct udev_device *device, VtDeviceEvent *ret)
{
  VtDeviceEvent event = {
    .action = udev_device_get_action (device),
    .subsystem = udev_device_get_subsystem (device),
    .devpath = udev_device_get_devpath (device),
    .devtype = udev_device_get_devtype (device),
  };

  if (event.action == NULL || event.subsystem == NULL || event.devpath == NULL
      || !set_sysname (&event))
    return FALSE;

  *ret = event;
  return TRUE;
}
