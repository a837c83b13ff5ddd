/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib.h>

#include "agent/worker/worker.h"
#include "loop.h"

typedef struct
{
  GThread *main;
  GMutex gate; /* jobs wait while it is locked */
  gint running;
  gint ran;
  guint done;
  guint order[128];
} World;

typedef struct
{
  World *world;
  guint number;
} Job;

static void
run (gpointer data)
{
  Job *job = data;
  World *world = job->world;

  g_assert_true (g_thread_self () != world->main);
  g_assert_cmpint (g_atomic_int_add (&world->running, 1), ==, 0); /* one at a time */
  g_mutex_lock (&world->gate);
  g_mutex_unlock (&world->gate);
  world->order[g_atomic_int_add (&world->ran, 1)] = job->number;
  g_atomic_int_add (&world->running, -1);
}

static void
done (gpointer data)
{
  Job *job = data;

  g_assert_true (g_thread_self () == job->world->main);
  job->world->done++;
  g_free (job);
}

static gboolean
push (VtWorker *worker, World *world, guint number)
{
  Job *job = g_new (Job, 1);

  *job = (Job){ world, number };
  if (vt_worker_push (worker, run, done, job))
    return TRUE;
  g_free (job);

  return FALSE;
}

static void
world_init (World *world)
{
  *world = (World){ .main = g_thread_self () };
  g_mutex_init (&world->gate);
}

static void
test_order (void)
{
  World world;
  g_autoptr (VtWorker) worker = vt_worker_new (NULL);

  world_init (&world);
  for (guint i = 0; i < 50; i++)
    g_assert_true (push (worker, &world, i));
  loop_until (world.done == 50);
  for (guint i = 0; i < 50; i++)
    g_assert_cmpuint (world.order[i], ==, i);
}

static void
test_bound (void)
{
  World world;
  g_autoptr (VtWorker) worker = vt_worker_new (NULL);
  guint taken = 0;

  world_init (&world);
  g_mutex_lock (&world.gate);
  while (push (worker, &world, taken))
    {
      taken++;
      g_assert_cmpuint (taken, <, 100);
    }
  g_mutex_unlock (&world.gate);
  loop_until (world.done == taken);
  g_assert_true (push (worker, &world, 0));
  loop_until (world.done == taken + 1);
}

/* vt_worker_free() waits for the running job and drops the queued ones, but calls the done function
 * of each. */
static void
test_end (void)
{
  World world;
  VtWorker *worker = vt_worker_new (NULL);

  world_init (&world);
  g_mutex_lock (&world.gate);
  for (guint i = 0; i < 10; i++)
    g_assert_true (push (worker, &world, i));
  while (g_atomic_int_get (&world.running) == 0)
    g_thread_yield ();
  g_mutex_unlock (&world.gate);
  vt_worker_free (worker);
  g_assert_cmpuint (world.done, ==, 10);
  g_assert_cmpint (world.ran, >=, 1);
  g_assert_cmpint (world.running, ==, 0);
}

static void
count_done (gpointer data)
{
  World *world = data;

  world->done++;
}

static void
no_job (gpointer data)
{
}

static guint
count_threads (void)
{
  g_autoptr (GDir) tasks = g_dir_open ("/proc/self/task", 0, NULL);
  guint n = 0;

  while (g_dir_read_name (tasks) != NULL)
    n++;

  return n;
}

static void
test_idle_does_not_wake (void)
{
  World world;
  g_autoptr (VtWorker) worker = vt_worker_new (NULL);

  world_init (&world);
  g_assert_true (vt_worker_push (worker, no_job, count_done, &world));
  loop_until (world.done == 1);
  while (count_threads () > 1)
    g_thread_yield ();
  loop_settle (); /* the thread has ended and must be joined */
  g_assert_false (g_main_context_iteration (NULL, FALSE));
  g_assert_false (g_main_context_pending (NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/worker/order", test_order);
  g_test_add_func ("/worker/bound", test_bound);
  g_test_add_func ("/worker/end", test_end);
  g_test_add_func ("/worker/idle", test_idle_does_not_wake);
  return g_test_run ();
}
