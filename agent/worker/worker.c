/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/worker/worker.h"

#include <malloc.h>

/* Jobs that may wait: more than all that the agent itself ever queues. */
#define QUEUE_MAX 64

typedef struct
{
  VtJobFunc job;
  VtDoneFunc done;
  gpointer data;
} Job;

/*
 * @ended is filled by the thread and emptied by the source on the main
 * context, which the thread readies for each job that has ended.
 */
struct VtWorker
{
  GSource *source;
  GMutex lock;
  GQueue waiting;     /* of Job; under @lock */
  gboolean at_work;   /* the thread will look at @waiting again; under @lock */
  GThread *thread;    /* NULL: none was started since the last was joined */
  GAsyncQueue *ended; /* of Job */
  gboolean closing;   /* on the main context alone */
};

/* NULL: there is none, and the thread is not to look again. */
static Job *
take_job (VtWorker *worker)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&worker->lock);
  Job *job = g_queue_pop_head (&worker->waiting);

  worker->at_work = job != NULL;

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
      g_async_queue_push (worker->ended, job);
      g_source_set_ready_time (worker->source, 0);
    }
  g_source_set_ready_time (worker->source, 0); /* to be joined */

  return NULL;
}

/* The thread is at its end, or was never there. */
static void
join (VtWorker *worker)
{
  if (worker->thread == NULL)
    return;

  g_thread_join (g_steal_pointer (&worker->thread));
  malloc_trim (0); /* a sweep over /sys leaves more freed than the agent needs at rest */
}

static void
finish (VtWorker *worker)
{
  Job *job;

  while ((job = g_async_queue_try_pop (worker->ended)) != NULL)
    {
      job->done (job->data);
      g_free (job);
    }
}

typedef struct
{
  GSource base;
  VtWorker *worker;
} EndedSource;

static gboolean
is_at_work (VtWorker *worker)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&worker->lock);

  return worker->at_work;
}

static gboolean
source_dispatch (GSource *source, GSourceFunc callback, gpointer data)
{
  VtWorker *worker = ((EndedSource *) source)->worker;

  g_source_set_ready_time (source, -1);
  finish (worker);
  if (!is_at_work (worker))
    join (worker);

  return G_SOURCE_CONTINUE;
}

/* Neither polls nor times out by itself: the thread makes it ready. */
static GSourceFuncs source_funcs = { .dispatch = source_dispatch };

VtWorker *
vt_worker_new (GMainContext *context)
{
  VtWorker *worker = g_new0 (VtWorker, 1);

  g_mutex_init (&worker->lock);
  worker->ended = g_async_queue_new ();
  worker->source = g_source_new (&source_funcs, sizeof (EndedSource));
  ((EndedSource *) worker->source)->worker = worker;
  g_source_attach (worker->source, context);

  return worker;
}

/* Queued jobs that have not begun: they end unrun. */
static void
drop_queued (VtWorker *worker)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&worker->lock);
  Job *job;

  while ((job = g_queue_pop_head (&worker->waiting)) != NULL)
    g_async_queue_push (worker->ended, job);
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
  finish (worker);
  g_source_unref (worker->source);
  g_async_queue_unref (worker->ended);
  g_mutex_clear (&worker->lock);
  g_free (worker);
}

/* Returns: FALSE where the queue is full. @ret_start: whether no thread will look at it. */
static gboolean
put_job (VtWorker *worker, Job *job, gboolean *ret_start)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&worker->lock);

  if (worker->waiting.length >= QUEUE_MAX)
    return FALSE;

  g_queue_push_tail (&worker->waiting, job);
  *ret_start = !worker->at_work;
  worker->at_work = TRUE;

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
  GList *link = g_queue_find_custom (&worker->waiting, data, compare_data);

  if (link == NULL)
    return FALSE;

  g_free (link->data);
  g_queue_delete_link (&worker->waiting, link);

  return TRUE;
}
