/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One thread that runs jobs one after the other. All work on kernel attributes
 * is done in such jobs, so that an attribute that blocks never blocks the main
 * loop. The queue of jobs is bounded. The thread exists only while there are
 * jobs, so an idle worker causes no wake-up. It does not know what a job does.
 */

#include <glib.h>

typedef struct VtWorker VtWorker;

typedef void (*VtJobFunc) (gpointer data);  /* called on the worker's thread */
typedef void (*VtDoneFunc) (gpointer data); /* called on the main context after the job; may free
                                               @data */

/* @context: where the done functions are called; NULL for the default one. */
VtWorker *vt_worker_new (GMainContext *context);
/* Waits for the running job. Drops the queued jobs: only their done functions are called. */
void vt_worker_free (VtWorker *worker);

/* Queues a job. FALSE: the queue is full; neither function will be called. */
gboolean vt_worker_push (VtWorker *worker, VtJobFunc job, VtDoneFunc done, gpointer data)
    G_GNUC_WARN_UNUSED_RESULT;

/*
 * Removes the job with this @data from the queue. TRUE: neither of its
 * functions will be called. FALSE: it has begun, or is not queued.
 */
gboolean vt_worker_cancel (VtWorker *worker, gconstpointer data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtWorker, vt_worker_free)
