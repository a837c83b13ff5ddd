/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One attribute in a plan: what is wanted, what is to be done, and in the end what was done. A
 * value; the planner and the writer fill it.
 */

#include <glib.h>

#include "agent/engine/want.h"
#include "agent/state/record.h"
#include "agent/tunables/tunable.h"

typedef enum
{
  VT_VERDICT_WRITE,       /* record.wanted is to be written */
  VT_VERDICT_KEEP,        /* it has that value already */
  VT_VERDICT_DISTURBED,   /* not written itself; the write of another may change it */
  VT_VERDICT_LEAVE,       /* left as it is */
  VT_VERDICT_OTHERS,      /* would go back, but somebody else has changed it since */
  VT_VERDICT_NOT_OFFERED, /* a profile wants it, and this guest lacks it */
  VT_VERDICT_PENDING,     /* its device is not there */
  VT_VERDICT_DRIFT,       /* changed by others more than once: reported, not written */
  VT_VERDICT_FAULT,       /* cannot be; item.fault says why */
} VtVerdict;

/* In this order: what is VT_OUTCOME_FAILED or more has failed. */
typedef enum
{
  VT_OUTCOME_NONE,    /* not reached */
  VT_OUTCOME_DONE,    /* as planned, read back */
  VT_OUTCOME_UNDONE,  /* put back, since another item failed */
  VT_OUTCOME_REFUSED, /* the device refused a value that nobody named for it; put back */
  VT_OUTCOME_FAILED,  /* put back */
  VT_OUTCOME_STUCK,   /* failed, and could not be put back */
} VtOutcome;

typedef struct
{
  const VtAttribute *attribute; /* NULL: it is not there */
  const VtWant *want;           /* NULL: nothing is wanted, so it goes back to the original */
  VtRecord *record;             /* of an absent attribute only the key is set */
  gboolean known;               /* there was a record of it: the agent has changed it before */
  gboolean disturbed;           /* a write before it may change it */
  gboolean restores;            /* record.wanted is the original */
  gboolean refused;             /* its device refused a value that nobody named for it */
  VtVerdict verdict;
  VtOutcome outcome;
  char *reason;   /* may be NULL */
  GError *misfit; /* why it cannot have what a profile or a pattern wants; NULL: it can */
  GError *fault;  /* of VT_VERDICT_FAULT, VT_VERDICT_NOT_OFFERED and what failed */
} VtItem;

/* @attribute may be NULL, then @key counts. (transfer full) */
VtItem *
vt_item_new (const VtAttribute *attribute, const char *key, const VtWant *want, VtVerdict verdict);
void vt_item_free (VtItem *item);

/* Whether the item takes part in the writing: it is written, or read afterwards. */
gboolean vt_item_is_entry (const VtItem *item);

/* The order of writing: by rank, then by key; absent attributes come last. For
 * g_ptr_array_sort(). */
int vt_item_compare (gconstpointer a, gconstpointer b);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtItem, vt_item_free)
