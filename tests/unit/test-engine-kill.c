/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The engine is killed before and after each of its writes, and at random
 * moments. A successor can always roll back to the values before the first
 * change.
 */

#include "config.h"

#include "agent/engine/engine.h"

#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fake-world.h"

#define RANDOM_KILLS 200

static const char *const first_wanted
    = "block/*/read_ahead_kb=512 block/vda/scheduler=none net/eth0/combined=2 net/eth0/xps=auto "
      "sysctl/vm.dirty_bytes=5000 sysctl/vm.swappiness=10 "
      "memory/auto_online_blocks=online_movable";
static const char *const second_wanted
    = "block/*/read_ahead_kb=64 block/vda/scheduler= net/eth0/combined=3 net/eth0/xps= "
      "sysctl/vm.dirty_bytes= sysctl/vm.dirty_ratio=50 sysctl/vm.swappiness=20";

typedef enum
{
  FIRST_APPLY,
  SECOND_APPLY,
  ROLLBACK,
  N_STEPS
} Step;

static VtEngine *
start (FakeWorld *world)
{
  g_autoptr (VtReport) report = NULL;
  VtEngine *engine = fake_world_engine (world);
  GError *error = NULL;

  g_assert_true (vt_engine_start (engine, &report, &error));
  g_assert_no_error (error);

  return engine;
}

static void
step (VtEngine *engine, Step which)
{
  g_autoptr (VtSettings) settings
      = fake_settings (which == FIRST_APPLY ? first_wanted : second_wanted);
  VtApplyRequest request = { .settings = settings };
  g_autoptr (VtReport) report = NULL;
  GError *error = NULL;

  if (which == ROLLBACK)
    g_assert_true (vt_engine_rollback (engine, &report, &error));
  else
    g_assert_true (vt_engine_apply (engine, &request, &report, &error));
  g_assert_no_error (error);
}

static void
roll_back_and_check (FakeWorld *world)
{
  VtEngine *engine = start (world);

  step (engine, ROLLBACK);
  vt_engine_free (engine);
  for (guint i = 0; i < FAKE_N; i++)
    {
      if (i != FAKE_AUTO_ONLINE)
        g_assert_cmpstr (world->state->value[i], ==, fake_boot_values[i]);
    }
  g_assert_cmpstr (world->state->value[FAKE_AUTO_ONLINE], ==, "online");
}

/* Makes the step in a child process that is killed. FALSE: the step ended before the kill. */
static gboolean
die_in (FakeWorld *world, Step which, guint at, gboolean before)
{
  int status;
  pid_t pid = fork ();

  g_assert_cmpint (pid, >=, 0);
  if (pid == 0)
    {
      VtEngine *engine = start (world);

      for (Step done = FIRST_APPLY; done < which; done++)
        step (engine, done);
      world->state->writes = 0;
      world->state->kill_before = before;
      world->state->kill_at = at;
      step (engine, which);
      _exit (0);
    }

  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  world->state->kill_at = 0;
  g_assert_true (WIFEXITED (status));
  g_assert_true (WEXITSTATUS (status) == 0 || WEXITSTATUS (status) == 9);

  return WEXITSTATUS (status) == 9;
}

static void
test_each_write (void)
{
  guint deaths = 0;

  for (Step which = FIRST_APPLY; which < N_STEPS; which++)
    {
      for (guint before = 0; before < 2; before++)
        {
          gboolean died = TRUE;

          for (guint at = 1; died; at++)
            {
              g_autoptr (FakeWorld) world = fake_world_new ();

              died = die_in (world, which, at, before == 1);
              deaths += died;
              roll_back_and_check (world);
            }
        }
    }

  g_test_message ("%u deaths", deaths);
  g_assert_cmpuint (deaths, >=, 40);
}

static void
live_until_killed (FakeWorld *world, guint microseconds)
{
  struct itimerval timer = { .it_value = { .tv_usec = microseconds } };
  VtEngine *engine;

  signal (SIGALRM, SIG_DFL);
  setitimer (ITIMER_REAL, &timer, NULL);
  engine = start (world);
  for (;;)
    {
      for (Step which = FIRST_APPLY; which < N_STEPS; which++)
        step (engine, which);
    }
}

/* Kills at random moments, so that writes to the state log are hit, too. */
static void
test_random_instants (void)
{
  for (guint i = 0; i < RANDOM_KILLS; i++)
    {
      g_autoptr (FakeWorld) world = fake_world_new ();
      const guint microseconds = (guint) g_test_rand_int_range (300, 20000);
      int status;
      pid_t pid = fork ();

      g_assert_cmpint (pid, >=, 0);
      if (pid == 0)
        live_until_killed (world, microseconds);

      g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
      g_assert_true (WIFSIGNALED (status) && WTERMSIG (status) == SIGALRM);
      roll_back_and_check (world);
    }
}

/* A change that was answered as done is still done after a kill. */
static void
test_answered_change_survives_kill (void)
{
  g_autoptr (FakeWorld) world = fake_world_new ();
  g_autoptr (VtReport) report = NULL;
  VtEngine *engine = start (world);

  step (engine, FIRST_APPLY);
  vt_engine_free (engine);
  g_assert_true (die_in (world, SECOND_APPLY, 3, FALSE));

  engine = start (world);
  g_assert_true (vt_engine_verify (engine, &report, NULL));
  for (guint i = 0; i < report->rows->len; i++)
    {
      const VtRow *row = g_ptr_array_index (report->rows, i);

      g_assert_cmpstr (vt_result_word (row->result), ==, "ok");
    }
  g_assert_cmpstr (world->state->value[FAKE_SWAPPINESS], ==, "10");
  vt_engine_free (engine);
  roll_back_and_check (world);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/engine-kill/each-write", test_each_write);
  g_test_add_func ("/engine-kill/random-instants", test_random_instants);
  g_test_add_func ("/engine-kill/answered-change-survives-kill",
                   test_answered_change_survives_kill);
  return g_test_run ();
}
