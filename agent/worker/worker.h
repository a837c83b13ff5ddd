/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One thread that does all that touches kernel attributes, one job after the
 * other, so that a switch stuck on I/O never keeps the main loop from
 * answering. Jobs are queued and their ends are told on the main context;
 * the queue is bounded. It knows no job's meaning. At rest it does not wake:
 * the thread is there while there is work.
 */

#include <glib.h>

typedef struct VtWorker VtWorker;

typedef void (*VtJobFunc) (gpointer data);  /* on the worker's thread */
typedef void (*VtDoneFunc) (gpointer data); /* on the main context; frees @data */

VtWorker *vt_worker_new (GMainContext *context);
/* Lets the job under way finish, drops those queued (their @done runs), joins the thread. */
void vt_worker_free (VtWorker *worker);

/* FALSE where the queue is full; then nothing runs and @data stays the caller's. */
gboolean vt_worker_push (VtWorker *worker, VtJobFunc job, VtDoneFunc done, gpointer data)
    G_GNUC_WARN_UNUSED_RESULT;

/*
 * Takes back the job of @data. TRUE: it had not begun; neither of its functions runs, and @data is
 * the caller's again.
 */
gboolean vt_worker_cancel (VtWorker *worker, gconstpointer data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtWorker, vt_worker_free)
