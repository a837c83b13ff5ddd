/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Provisional applies: those that are undone unless they are confirmed in time. */

#include "config.h"

#include "agent/engine/operations.h"

#include "agent/engine/transaction.h"
#include "protocol/error.h"

/*
 * What an earlier agent process left when it was killed. After the commit record, also if the reply
 * was not sent, there is no change under way: the start applies the settings that the commit made
 * active. Between begin and commit the change is undone here. A provisional apply goes on waiting.
 */
void
vt_run_resume (const VtContext *context, gint64 now, GPtrArray *notes)
{
  const VtChange *change = vt_state_get_change (context->state);

  if (change == NULL || (change->provisional != NULL && now < change->deadline))
    return;

  g_message ("undoing a change that an earlier agent has not finished");
  vt_transaction_undo_unfinished (context, NULL, notes);
}

guint64
vt_run_expire (const VtContext *context, gint64 now, VtReport *report, GPtrArray *notes)
{
  g_autoptr (VtProvisional) provisional = vt_state_get_provisional (context->state);
  g_autoptr (GError) fault = NULL;

  if (provisional == NULL || now < provisional->deadline)
    return 0;

  /* Where this cannot be recorded, a start sees that the deadline has passed. */
  if (!vt_state_cancel (context->state, &fault))
    g_message ("%s", fault->message);

  vt_transaction_undo_unfinished (context, report, notes);
  vt_drift_reset (context->drift);
  return provisional->apply_id;
}

gboolean
vt_run_confirm (const VtContext *context, guint64 id, GError **error)
{
  g_autoptr (VtProvisional) provisional = vt_state_get_provisional (context->state);

  if (provisional == NULL)
    return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT, "No apply waits to be confirmed");
  if (provisional->apply_id != id)
    return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT,
                         "Apply %" G_GUINT64_FORMAT
                         " waits to be confirmed, not %" G_GUINT64_FORMAT,
                         provisional->apply_id, id);
  if (!vt_transaction_confirm (context, error))
    return FALSE;

  vt_drift_reset (context->drift);
  return TRUE;
}
