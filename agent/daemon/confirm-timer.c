/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/daemon/confirm-timer.h"

#include "agent/engine/engine.h"
#include "agent/worker/activity.h"
#include "agent/worker/deadline.h"

struct VtConfirmTimer
{
  const VtAgent *agent;
  VtWorker *worker;
  void (*undone) (gpointer data);
  gpointer data;
  VtDeadline *deadline;
  gboolean has_provisional; /* at the last update */
};

static void
expire_run (gpointer data)
{
  VtConfirmTimer *timer = data;
  g_autoptr (GPtrArray) notes = g_ptr_array_new_with_free_func (g_free);

  vt_activity_begin_work (timer->agent->activity, "trial");
  (void) vt_engine_expire (timer->agent->engine, notes);
  for (guint i = 0; i < notes->len; i++)
    g_warning ("%s", (const char *) g_ptr_array_index (notes, i));
  vt_activity_end_work (timer->agent->activity);
}

static void
expire_done (gpointer data)
{
  VtConfirmTimer *timer = data;

  (void) vt_confirm_timer_update (timer);
  timer->undone (timer->data);
}

static void
on_deadline (gpointer data)
{
  VtConfirmTimer *timer = data;
  g_autoptr (VtProvisionalStatus) provisional = NULL;

  if (vt_worker_push (timer->worker, expire_run, expire_done, timer))
    return;

  /* If the worker's queue is full, nothing is lost: each queued change checks the deadline. */
  provisional = vt_engine_get_provisional (timer->agent->engine);
  if (provisional != NULL)
    vt_deadline_set (timer->deadline, provisional->deadline - provisional->left + G_USEC_PER_SEC);
}

VtConfirmTimer *
vt_confirm_timer_new (const VtAgent *agent,
                      VtWorker *worker,
                      void (*undone) (gpointer data),
                      gpointer data,
                      GError **error)
{
  VtConfirmTimer *timer = g_new0 (VtConfirmTimer, 1);

  timer->agent = agent;
  timer->worker = worker;
  timer->undone = undone;
  timer->data = data;
  timer->deadline = vt_deadline_new (on_deadline, timer, error);
  if (timer->deadline != NULL)
    return timer;

  g_free (timer);
  return NULL;
}

void
vt_confirm_timer_free (VtConfirmTimer *timer)
{
  vt_deadline_free (timer->deadline);
  g_free (timer);
}

gboolean
vt_confirm_timer_update (VtConfirmTimer *timer)
{
  g_autoptr (VtProvisionalStatus) provisional = vt_engine_get_provisional (timer->agent->engine);
  const gboolean ended = timer->has_provisional && provisional == NULL;

  timer->has_provisional = provisional != NULL;
  vt_deadline_set (timer->deadline, provisional != NULL ? MAX (1, provisional->deadline) : 0);

  return ended;
}
