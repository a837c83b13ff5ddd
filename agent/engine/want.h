/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Layers of settings, and which setting takes precedence for an attribute: that of the highest
 * layer that matches it; within the layer, the exact name, then the glob with most literal
 * characters. A setting without a value is an exception: its layer wants nothing there, and lower
 * layers count. It reads no device.
 */

#include <glib.h>

#include "agent/tunables/tunable.h"
#include "protocol/settings.h"

typedef enum
{
  VT_WANT_BY_HOST = 1 << 0, /* of the host; else of a profile or the base policy */
  VT_WANT_FRESH = 1 << 1,   /* part of the present request */
  VT_WANT_FORCED = 1 << 2,  /* the operator wants it although it would be refused */
} VtWantFlags;

typedef struct
{
  VtSetting *setting;
  char *source; /* "settings", "profile virtual-guest" */
  guint layer;  /* higher ones have precedence */
  VtWantFlags flags;
} VtWant;

typedef struct
{
  const char *source;
  const VtSettings *settings;
  VtWantFlags flags;       /* of all in it */
  const VtSettings *fresh; /* keys that are VT_WANT_FRESH beside; NULL: none */
  GHashTable *forced;      /* set of keys that are VT_WANT_FORCED beside; NULL: none */
} VtLayer;

typedef struct VtWants VtWants;

VtWants *vt_wants_new (void);
void vt_wants_free (VtWants *wants);

/* Adds @layer over all that were added before. Copies what it needs. */
void vt_wants_add (VtWants *wants, const VtLayer *layer);

/*
 * Finds the setting that takes precedence for @attribute, of which key, section, device and name
 * count. *@ret is NULL if there is none.
 * FALSE: two selectors of one layer are equally exact; the error names both.
 */
gboolean vt_wants_find (const VtWants *wants,
                        const VtAttribute *attribute,
                        const VtWant **ret,
                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether any selector matches @attribute, also that of an exception. @wants may be NULL. */
gboolean vt_wants_name (const VtWants *wants, const VtAttribute *attribute);

/* Of VtWant, from the lowest layer to the highest; exceptions are not among them. */
const GPtrArray *vt_wants_list (const VtWants *wants);

/* Whether both ask the same of an attribute, for the same reason; either may be NULL. */
gboolean vt_want_equal (const VtWant *a, const VtWant *b);
/* Whether the want names one attribute and not a pattern of them. */
gboolean vt_want_is_exact (const VtWant *want);
/* Whether a host named this one attribute. What others want of it, it need not be able to have: a
 * profile, or a host's pattern, means those attributes that can. */
gboolean vt_want_is_by_name (const VtWant *want);
/* Whether a device that refuses the value keeps its own, and the rest holds: nobody has named the
 * value for this device. */
gboolean vt_want_may_be_refused (const VtWant *want);
/* Whether the word means something else after the guest's CPUs or devices have changed. */
gboolean vt_want_is_automatic (const VtWant *want);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtWants, vt_wants_free)
