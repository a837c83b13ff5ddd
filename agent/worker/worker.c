/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/worker/worker.h"

#include <malloc.h>

/* Queued jobs; the agent itself queues fewer. */
#define QUEUE_MAX 64

typedef struct
{
  VtJobFunc job;
  VtDoneFunc done;
  gpointer data;
} Job;

/*
 * The thread moves a finished job to @finished and makes @source ready. The
 * source runs on the main context and calls the done functions.
 */
struct VtWorker
{
  GSource *source;
  GMutex lock;
  GQueue queued;         /* of Job; under @lock */
  gboolean is_running;   /* the thread will check @queued again; under @lock */
  GThread *thread;       /* NULL: not started since the last join */
  GAsyncQueue *finished; /* of Job */
  gboolean closing;      /* used on the main context only */
};

/* Returns: NULL if no job is queued; the thread must end then. */
static Job *
take_job (VtWorker *worker)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&worker->lock);
  Job *job = g_queue_pop_head (&worker->queued);

  worker->is_running = job != NULL;

  return job;
}

static gpointer
work (gpointer data)
{
  VtWorker *worker = data;
  Job *job;

  while ((job = take_job (worker)) != NULL)
    {
      job->job (job->data);
      g_async_queue_push (worker->finished, job);
      g_source_set_ready_time (worker->source, 0);
    }
  g_source_set_ready_time (worker->source, 0); /* wakes the main context, which joins this thread */

  return NULL;
}

/* Waits for the end of the thread, if there is one. */
static void
join (VtWorker *worker)
{
  if (worker->thread == NULL)
    return;

  g_thread_join (g_steal_pointer (&worker->thread));
  malloc_trim (0); /* returns the memory that a walk over /sys allocated and freed */
}

static void
call_done_functions (VtWorker *worker)
{
  Job *job;

  while ((job = g_async_queue_try_pop (worker->finished)) != NULL)
    {
      job->done (job->data);
      g_free (job);
    }
}

typedef struct
{
  GSource base;
  VtWorker *worker;
} FinishedSource;

static gboolean
is_running (VtWorker *worker)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&worker->lock);

  return worker->is_running;
}

static gboolean
source_dispatch (GSource *source, GSourceFunc callback, gpointer data)
{
  VtWorker *worker = ((FinishedSource *) source)->worker;

  g_source_set_ready_time (source, -1);
  call_done_functions (worker);
  if (!is_running (worker))
    join (worker);

  return G_SOURCE_CONTINUE;
}

/* It has no descriptor and no timeout: the thread makes it ready. */
static GSourceFuncs source_funcs = { .dispatch = source_dispatch };

VtWorker *
vt_worker_new (GMainContext *context)
{
  VtWorker *worker = g_new0 (VtWorker, 1);

  g_mutex_init (&worker->lock);
  worker->finished = g_async_queue_new ();
  worker->source = g_source_new (&source_funcs, sizeof (FinishedSource));
  ((FinishedSource *) worker->source)->worker = worker;
  g_source_attach (worker->source, context);

  return worker;
}

/* Moves the queued jobs to @finished without running them. */
static void
drop_queued (VtWorker *worker)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&worker->lock);
  Job *job;

  while ((job = g_queue_pop_head (&worker->queued)) != NULL)
    g_async_queue_push (worker->finished, job);
}

void
vt_worker_free (VtWorker *worker)
{
  if (worker == NULL)
    return;

  worker->closing = TRUE;
  drop_queued (worker);
  join (worker);
  g_source_destroy (worker->source);
  call_done_functions (worker);
  g_source_unref (worker->source);
  g_async_queue_unref (worker->finished);
  g_mutex_clear (&worker->lock);
  g_free (worker);
}

/* Returns: FALSE if the queue is full. @ret_start: whether a thread must be started. */
static gboolean
put_job (VtWorker *worker, Job *job, gboolean *ret_start)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&worker->lock);

  if (worker->queued.length >= QUEUE_MAX)
    return FALSE;

  g_queue_push_tail (&worker->queued, job);
  *ret_start = !worker->is_running;
  worker->is_running = TRUE;

  return TRUE;
}

gboolean
vt_worker_push (VtWorker *worker, VtJobFunc job, VtDoneFunc done, gpointer data)
{
  g_autofree Job *entry = g_new (Job, 1);
  gboolean start;

  *entry = (Job){ job, done, data };
  if (worker->closing || !put_job (worker, entry, &start))
    return FALSE;

  (void) g_steal_pointer (&entry);
  if (start)
    {
      join (worker);
      worker->thread = g_thread_new ("worker", work, worker);
    }

  return TRUE;
}

static int
compare_data (gconstpointer job, gconstpointer data)
{
  return ((const Job *) job)->data != data;
}

gboolean
vt_worker_cancel (VtWorker *worker, gconstpointer data)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&worker->lock);
  GList *link = g_queue_find_custom (&worker->queued, data, compare_data);

  if (link == NULL)
    return FALSE;

  g_free (link->data);
  g_queue_delete_link (&worker->queued, link);

  return TRUE;
}
