/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Undoes a provisional apply, on the worker's thread, if it is not confirmed in time. Main context
 * only.
 */

#include "agent/agent.h"
#include "agent/worker/worker.h"

typedef struct VtConfirmTimer VtConfirmTimer;

/* @undone: called after a provisional apply was undone. NULL: VT_ERROR_GENERIC. */
VtConfirmTimer *vt_confirm_timer_new (const VtAgent *agent,
                                      VtWorker *worker,
                                      void (*undone) (gpointer data),
                                      gpointer data,
                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Call it after vt_worker_free(). */
void vt_confirm_timer_free (VtConfirmTimer *timer);

/* Call it after each change that may have begun or ended a provisional apply. Returns: whether a
 * provisional apply has ended since the last call. */
gboolean vt_confirm_timer_update (VtConfirmTimer *timer);
