/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Parses TuneD's devices= ("sd*, vd*, !vda") into selectors of settings:
 * those that get the value and those that are excepted. It looks at no device.
 */

#include <glib.h>

#define VT_DEVICE_RULES_MAX 64

typedef struct
{
  GPtrArray *wanted;   /* of char *: selectors; "*" where only exceptions were named */
  GPtrArray *excepted; /* of char *: narrower selectors that are left out */
} VtDeviceRules;

/* NULL: more than VT_DEVICE_RULES_MAX of them. */
VtDeviceRules *vt_device_rules_parse (const char *devices) G_GNUC_WARN_UNUSED_RESULT;
void vt_device_rules_free (VtDeviceRules *rules);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtDeviceRules, vt_device_rules_free)
