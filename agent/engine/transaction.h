/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One change as a whole: journalled, written, committed, settled; or undone.
 * A kill at any instant leaves what the next start can make good:
 *
 *   begin    the journal says what is under way: from here on a start undoes it
 *   write    the attributes
 *   commit   the active state: what a start will want
 *   settle   the journal says what stands changed
 *
 * A change on trial has "await" in place of the last two: a start undoes it
 * when its time is over, and they are made up for when it is confirmed.
 */

#include <glib.h>

#include "agent/engine/journal.h"
#include "agent/engine/plan.h"

typedef struct
{
  const VtSystem *system;
  VtJournal *journal;
  GPtrArray *items; /* of VtItem, in the order of writing */
  guint64 id;
  gboolean lenient;                                   /* each attribute stands for itself */
  gboolean back;                                      /* a roll-back: the room is kept for it */
  gboolean (*commit) (gpointer data, GError **error); /* NULL: nothing to commit */
  gpointer data;
  const VtTrial *trial; /* NULL: on none */
} VtTransaction;

/*
 * VT_ERROR_APPLY_FAILED or VT_ERROR_STATE: all is as it was before, or the
 * text names what is not.
 */
gboolean vt_transaction_run (const VtTransaction *transaction,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

/*
 * The same, each attribute for itself, for what need not be taken back: the journal is written
 * after it, if it can be.
 */
void vt_transaction_run_unwritten (const VtTransaction *transaction);

/* Settles what was carried out on trial. */
void vt_transaction_finish (VtJournal *journal, const VtAttributes *attributes);

/*
 * Undoes what was begun and not settled, be it by a predecessor, as far as the devices
 * are still there and nobody else changed them since. Appends to @notes what
 * can't be put back.
 */
void vt_transaction_recover (VtJournal *journal,
                             const VtAttributes *attributes,
                             const VtSystem *system,
                             GPtrArray *notes);
