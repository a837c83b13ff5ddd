/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/tunables/tunable.h"

VtAttribute *
vt_attribute_new (const VtAttributeOps *ops,
                  const char *section,
                  const char *device,
                  const char *name,
                  const char *identity,
                  const char *path)
{
  VtAttribute *attribute = g_new0 (VtAttribute, 1);

  attribute->ops = ops;
  attribute->key = device != NULL ? g_strjoin ("/", section, device, name, NULL)
                                  : g_strjoin ("/", section, name, NULL);
  attribute->section = g_strdup (section);
  attribute->device = g_strdup (device);
  attribute->name = g_strdup (name);
  attribute->identity = g_strdup (identity != NULL ? identity : "");
  attribute->path = g_strdup (path);
  attribute->rank = VT_RANK_PLAIN;

  return attribute;
}

void
vt_attribute_free (VtAttribute *attribute)
{
  if (attribute == NULL)
    return;

  g_free (attribute->key);
  g_free (attribute->section);
  g_free (attribute->device);
  g_free (attribute->name);
  g_free (attribute->identity);
  g_free (attribute->path);
  g_free (attribute->counterpart);
  g_free (attribute->claimed_by);
  g_strfreev (attribute->disturbs);
  g_free (attribute);
}

VtDevice *
vt_device_new (const char *section, const char *name, const char *kind, const char *detail)
{
  VtDevice *device = g_new0 (VtDevice, 1);

  device->section = g_strdup (section);
  device->name = g_strdup (name);
  device->kind = g_strdup (kind);
  device->detail = g_strdup (detail);

  return device;
}

void
vt_device_free (VtDevice *device)
{
  if (device == NULL)
    return;

  g_free (device->section);
  g_free (device->name);
  g_free (device->kind);
  g_free (device->detail);
  g_free (device);
}

void
vt_decision_clear (VtDecision *decision)
{
  g_clear_pointer (&decision->value, g_free);
  g_clear_pointer (&decision->reason, g_free);
}
