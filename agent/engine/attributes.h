/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The attributes that the guest has at one moment, in the order in which they are written. A
 * snapshot, made for one operation.
 */

#include <glib.h>

#include "agent/tunables/tunable.h"

typedef struct
{
  GPtrArray *list;    /* of VtAttribute, by rank, then by key; each key once */
  GHashTable *by_key; /* key → VtAttribute */
} VtAttributes;

/* @section NULL: all; @device NULL: all of the section. Returns: (transfer full) */
VtAttributes *vt_attributes_enumerate (const VtTunable *const *tunables,
                                       const VtSystem *system,
                                       const char *section,
                                       const char *device);
void vt_attributes_free (VtAttributes *attributes);

/* NULL: the guest does not have it. */
const VtAttribute *vt_attributes_get (const VtAttributes *attributes, const char *key);
/* The attribute of the device with @identity, whatever the device's name is now; NULL: none. */
const VtAttribute *
vt_attributes_find_identity (const VtAttributes *attributes, const char *key, const char *identity);
gboolean
vt_attributes_has_device (const VtAttributes *attributes, const char *section, const char *device);
/* Names of the devices of @section, comma separated, for people. (transfer full) */
char *vt_attributes_list_devices (const VtAttributes *attributes, const char *section);

/* Whether a tunable of @section has the name @name, also if this kernel lacks it. */
gboolean vt_tunables_know (const VtTunable *const *tunables, const char *section, const char *name);
/* The names of @section; ends with NULL; empty where there is no such section. (transfer full) */
GStrv vt_tunables_list_names (const VtTunable *const *tunables, const char *section);

/* Never NULL. */
const char *vt_attribute_identity (const VtAttribute *attribute);
/* Whether two values of @attribute are the same; numbers are compared as numbers. */
gboolean vt_attribute_equal (const VtAttribute *attribute, const char *a, const char *b);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtAttributes, vt_attributes_free)
