/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Plans, attribute by attribute, what must be done so that the settings hold. It reads and decides,
 * and writes nothing. It collects all faults, not only the first.
 */

#include <glib.h>

#include "agent/engine/attributes.h"
#include "agent/engine/item.h"
#include "agent/engine/refusals.h"
#include "agent/engine/want.h"

typedef enum
{
  VT_SCOPE_ALL,
  VT_SCOPE_CHANGED, /* attributes that the request names, or whose setting differs from @previous */
  VT_SCOPE_AUTOMATIC, /* automatic values, and what hot-plug of memory and CPUs resets */
} VtScope;

typedef struct
{
  const VtSystem *system;
  const VtTunable *const *tunables;
  const VtAttributes *attributes;
  const VtWants *wants;
  const VtWants *previous; /* of VT_SCOPE_CHANGED */
  const VtWants *named; /* what the request names, even if another setting takes precedence; NULL:
                        nothing */
  const VtHints *hints; /* of the disks; NULL: none */
  GHashTable *records;  /* key → VtRecord: what is changed now */
  const VtRefusals *refusals; /* NULL: none */
  VtScope scope;
  gboolean partial;      /* @attributes are not all: no setting counts as absent */
  gboolean restore;      /* attributes that are no longer wanted go back to their originals */
  gboolean incomplete;   /* the active profile is not among @wants: with @restore, only attributes
                          * go back that @previous still wanted */
  gboolean ours_only;    /* of a roll-back: values that others have changed since stay */
  gboolean allow_absent; /* devices named exactly may be absent */
} VtPlanRequest;

typedef struct
{
  GPtrArray *items;   /* of VtItem, in the order of writing */
  GPtrArray *ignored; /* of char *: settings of a profile that the agent does not know */
} VtPlan;

/* Keeps pointers into @request's attributes and wants. Returns: (transfer full) */
VtPlan *vt_plan_new (const VtPlanRequest *request);
void vt_plan_free (VtPlan *plan);

/* FALSE: names every fault, of the class of the first. */
gboolean vt_plan_check (const VtPlan *plan, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtPlan, vt_plan_free)
