/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What is to be done, attribute by attribute, for what is wanted to be so.
 * Reads and decides, writes nothing: a dry run is the real one less its last
 * step. All faults are collected, not only the first.
 */

#include <glib.h>

#include "agent/engine/attributes.h"
#include "agent/engine/record.h"
#include "agent/engine/want.h"

typedef enum
{
  VT_VERDICT_WRITE,       /* record.wanted is to be written */
  VT_VERDICT_KEEP,        /* it is so already */
  VT_VERDICT_DISTURBED,   /* not written itself; a write elsewhere may change it */
  VT_VERDICT_LEAVE,       /* left as it is */
  VT_VERDICT_OTHERS,      /* would go back, but somebody else changed it since */
  VT_VERDICT_NOT_OFFERED, /* a knob that a profile names and this guest lacks */
  VT_VERDICT_PENDING,     /* its device is not there */
  VT_VERDICT_DRIFT,       /* changed by others again and again: told, not written */
  VT_VERDICT_FAULT,
} VtVerdict;

typedef enum
{
  VT_OUTCOME_NONE,
  VT_OUTCOME_DONE,   /* as planned, read back */
  VT_OUTCOME_FAILED, /* and undone */
  VT_OUTCOME_STUCK,  /* and could not be undone */
} VtOutcome;

typedef struct
{
  const VtAttribute *attribute; /* NULL: not there */
  const VtWant *want;           /* NULL: nothing is wanted, so back to the original */
  VtRecord *record;             /* of an absent one only the key is set */
  gboolean known;               /* the journal had a record of it */
  gboolean shaken;              /* a write before it may change it */
  gboolean restores;            /* record.wanted is the original */
  VtVerdict verdict;
  VtOutcome outcome;
  char *reason;  /* may be NULL */
  GError *fault; /* of VT_VERDICT_FAULT, VT_VERDICT_NOT_OFFERED and what failed */
} VtItem;

typedef enum
{
  VT_SCOPE_ALL,
  VT_SCOPE_CHANGED,   /* what is fresh, or wanted otherwise than @previous does */
  VT_SCOPE_AUTOMATIC, /* words that are evaluated anew */
} VtScope;

typedef struct
{
  const VtSystem *system;
  const VtTunable *const *tunables;
  const VtAttributes *attributes;
  const VtWants *wants;
  const VtWants *previous; /* of VT_SCOPE_CHANGED */
  GHashTable *records;     /* key → VtRecord: the journal's */
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

/* Whether the item takes part in the writing: written, or looked at after. */
gboolean vt_item_is_entry (const VtItem *item);

/* @attribute may be NULL, then @key counts. (transfer full) */
VtItem *
vt_item_new (const VtAttribute *attribute, const char *key, const VtWant *want, VtVerdict verdict);
void vt_item_free (VtItem *item);

/* plan-absent.c: what is wanted of attributes that are not there. */
void vt_plan_add_absent (VtPlan *plan, const VtPlanRequest *request);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtPlan, vt_plan_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtItem, vt_item_free)
