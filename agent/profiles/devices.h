/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Parses TuneD's option devices= ("sd*, vd*, !vda") into two lists of
 * selectors: wanted and excepted. It looks at no device.
 */

#include <glib.h>

#define VT_DEVICE_RULES_MAX 64

typedef struct
{
  GPtrArray *wanted;   /* of char *: selectors; "*" if the text has only exceptions */
  GPtrArray *excepted; /* of char *: narrower selectors of devices that don't get the value */
} VtDeviceRules;

/* NULL: @devices has more than VT_DEVICE_RULES_MAX selectors. */
VtDeviceRules *vt_device_rules_parse (const char *devices) G_GNUC_WARN_UNUSED_RESULT;
void vt_device_rules_free (VtDeviceRules *rules);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtDeviceRules, vt_device_rules_free)
