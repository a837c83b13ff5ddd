/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One attribute in a plan: what is wanted, what is to be done about it, and
 * in the end what came of it. A value; planning and writing fill it.
 */

#include <glib.h>

#include "agent/engine/record.h"
#include "agent/engine/want.h"
#include "agent/tunables/tunable.h"

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

/* @attribute may be NULL, then @key counts. (transfer full) */
VtItem *
vt_item_new (const VtAttribute *attribute, const char *key, const VtWant *want, VtVerdict verdict);
void vt_item_free (VtItem *item);

/* Whether the item takes part in the writing: written, or looked at after. */
gboolean vt_item_is_entry (const VtItem *item);

/* The order of writing: by rank, then by key; what is not there comes last. For g_ptr_array_sort().
 */
int vt_item_compare (gconstpointer a, gconstpointer b);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtItem, vt_item_free)
