/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/worker.h"

/* Jobs that may wait: more than all that the agent itself ever queues. */
#define QUEUE_MAX 64

typedef struct
{
  VtJobFunc job; /* NULL: the thread's end */
  VtDoneFunc done;
  gpointer data;
} Job;

/*
 * @done is filled by the thread and emptied by the source on the main
 * context, which the thread readies for each job that has ended.
 */
struct VtWorker
{
  GThread *thread;
  GSource *source;
  GAsyncQueue *queue; /* of Job */
  GAsyncQueue *ended; /* of Job */
  gboolean closing;   /* on the main context alone */
};

static gpointer
work (gpointer data)
{
  VtWorker *worker = data;

  for (;;)
    {
      Job *job = g_async_queue_pop (worker->queue);

      if (job->job == NULL)
        {
          g_free (job);
          return NULL;
        }
      job->job (job->data);
      g_async_queue_push (worker->ended, job);
      g_source_set_ready_time (worker->source, 0);
    }
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
source_dispatch (GSource *source, GSourceFunc callback, gpointer data)
{
  g_source_set_ready_time (source, -1);
  finish (((EndedSource *) source)->worker);

  return G_SOURCE_CONTINUE;
}

/* Neither polls nor times out by itself: the thread makes it ready. */
static GSourceFuncs source_funcs = { .dispatch = source_dispatch };

VtWorker *
vt_worker_new (GMainContext *context)
{
  VtWorker *worker = g_new0 (VtWorker, 1);

  worker->queue = g_async_queue_new ();
  worker->ended = g_async_queue_new ();
  worker->source = g_source_new (&source_funcs, sizeof (EndedSource));
  ((EndedSource *) worker->source)->worker = worker;
  g_source_attach (worker->source, context);
  worker->thread = g_thread_new ("worker", work, worker);

  return worker;
}

/* Queued jobs that have not begun: they end unrun. */
static void
drop_queued (VtWorker *worker)
{
  Job *job;

  while ((job = g_async_queue_try_pop (worker->queue)) != NULL)
    g_async_queue_push (worker->ended, job);
}

void
vt_worker_free (VtWorker *worker)
{
  if (worker == NULL)
    return;

  worker->closing = TRUE;
  drop_queued (worker);
  g_async_queue_push (worker->queue, g_new0 (Job, 1));
  g_thread_join (worker->thread);
  g_source_destroy (worker->source);
  finish (worker);
  g_source_unref (worker->source);
  g_async_queue_unref (worker->queue);
  g_async_queue_unref (worker->ended);
  g_free (worker);
}

gboolean
vt_worker_push (VtWorker *worker, VtJobFunc job, VtDoneFunc done, gpointer data)
{
  Job *entry;

  /* The length is less than nothing while the thread waits. */
  if (worker->closing || g_async_queue_length (worker->queue) >= QUEUE_MAX)
    return FALSE;

  entry = g_new (Job, 1);
  *entry = (Job){ job, done, data };
  g_async_queue_push (worker->queue, entry);

  return TRUE;
}
