/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What is to be done, attribute by attribute, for what is wanted to be so.
 * Reads and decides, writes nothing: a dry run is the real one less its last
 * step. All faults are collected, not only the first.
 */

#include <glib.h>

#include "agent/engine/attributes.h"
#include "agent/engine/item.h"
#include "agent/engine/refusals.h"
#include "agent/engine/want.h"

typedef enum
{
  VT_SCOPE_ALL,
  VT_SCOPE_CHANGED,   /* what is fresh, named, or wanted otherwise than @previous does */
  VT_SCOPE_AUTOMATIC, /* words that are evaluated anew */
} VtScope;

typedef struct
{
  const VtSystem *system;
  const VtTunable *const *tunables;
  const VtAttributes *attributes;
  const VtWants *wants;
  const VtWants *previous;    /* of VT_SCOPE_CHANGED */
  const VtWants *named;       /* what the host names, effective or not; NULL: nothing */
  const VtHints *hints;       /* of the disks; NULL: none */
  GHashTable *records;        /* key → VtRecord: what is changed now */
  const VtRefusals *refusals; /* NULL: none */
  VtScope scope;
  gboolean partial;      /* @attributes are not all: nothing is told as absent */
  gboolean restore;      /* what is no longer wanted goes back to its original */
  gboolean ours_only;    /* what others changed since stays, wanted or not: a roll-back */
  gboolean allow_absent; /* devices named exactly may be absent */
} VtPlanRequest;

typedef struct
{
  GPtrArray *items;   /* of VtItem, in the order of writing */
  GPtrArray *ignored; /* of char *: names in a profile that no tunable has */
} VtPlan;

/* Keeps pointers into @request's attributes and wants. Returns: (transfer full) */
VtPlan *vt_plan_new (const VtPlanRequest *request);
void vt_plan_free (VtPlan *plan);

/* FALSE: names every fault, of the class of the first. */
gboolean vt_plan_check (const VtPlan *plan, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtPlan, vt_plan_free)
