/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Automatic values ("auto", "max") that a device refused when they were last written: with an XDP
 * program attached a NIC refuses to change its channels, for example. Such a value is left alone
 * with the reason by verify, until an operation that writes tries it again. In memory only.
 */

#include <glib.h>

#include "agent/tunables/tunable.h"

typedef struct VtRefusals VtRefusals;

VtRefusals *vt_refusals_new (void);
void vt_refusals_free (VtRefusals *refusals);

/* The device of @attribute refused @value. @reason: for people. */
void vt_refusals_add (VtRefusals *refusals,
                      const VtAttribute *attribute,
                      const char *value,
                      const char *reason);

/* Why this very device refused @value; NULL: it did not. The refusals'. @refusals may be NULL. */
const char *
vt_refusals_get (const VtRefusals *refusals, const VtAttribute *attribute, const char *value);

/* The device has taken a value since. */
void vt_refusals_drop (VtRefusals *refusals, const VtAttribute *attribute);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtRefusals, vt_refusals_free)
