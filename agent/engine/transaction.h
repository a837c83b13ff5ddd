/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Carries out one plan, all or nothing. A kill at any instant leaves a state that the next start
 * can finish or undo:
 *
 *   begin    the log says what is about to change: from here on a start undoes it
 *   write    the attributes
 *   commit   the log says what is changed now, and which settings are active
 *
 * A provisional apply has "hold" in place of commit: a start undoes it when its deadline has
 * passed. Its commit comes with the confirmation.
 */

#include <glib.h>

#include "agent/engine/context.h"
#include "agent/engine/results.h"

typedef struct
{
  VtChangeKind kind;
  guint64 id;               /* 0: the agent makes it by itself */
  gboolean lenient;         /* an item that fails is put back alone; the others stay */
  VtActive *active;         /* the new active settings, not consumed; NULL: they stay */
  gint64 deadline;          /* µs of CLOCK_BOOTTIME: a provisional apply; 0: it is none */
  gboolean accept_refusals; /* also of values on which other items depend */
  /* set by vt_transaction_run(): */
  guint runs;
  gboolean refused; /* it failed since such a value was refused */
} VtTransaction;

/*
 * Carries out @plan. FALSE: everything has its value from before, or the text names what has not.
 * VT_ERROR_APPLY_FAILED: a write failed, or a device refused a value that nobody named for it, on
 * which other items depend (vt_transaction_plan_anew()). VT_ERROR_STATE: the log could not be
 * written.
 */
gboolean vt_transaction_run (const VtContext *context,
                             VtTransaction *transaction,
                             const VtPlan *plan,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

/*
 * After vt_transaction_run() has failed. TRUE: a device refused a value that nobody named for it,
 * and a new plan, in which the value is left alone, is worth a run; the request of @planning is
 * changed so, and
 * @error is cleared. There are few runs; the last accepts any refusal.
 */
gboolean vt_transaction_plan_anew (const VtContext *context,
                                   VtTransaction *transaction,
                                   VtPlanning *planning,
                                   GError **error);

/*
 * Writes @items leniently before anything is recorded, then records it if that is possible. Only
 * for values that nobody needs to take back: the base policy.
 */
void vt_transaction_run_unrecorded (const VtContext *context, const GPtrArray *items);

/*
 * Commits the provisional apply: its settings become the active ones. VT_ERROR_STATE: it still is
 * provisional.
 */
gboolean vt_transaction_confirm (const VtContext *context,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

/*
 * Undoes the change under way, be it of an earlier process, as far as the devices are still there
 * and nobody else has changed the values since. Appends to @notes (of char *) what cannot be put
 * back. @report gets a row for each attribute that the change had changed; NULL: nobody needs it.
 */
void vt_transaction_undo_unfinished (const VtContext *context, VtReport *report, GPtrArray *notes);
