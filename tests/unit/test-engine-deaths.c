/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The process is killed at each call with which the engine changes its state or
 * the kernel's files, one after another; its successor is killed, too. Then the
 * step must be done as a whole or not at all, and a roll-back must restore the
 * values of boot.
 */

#include "config.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/play.h"

/* Makes the step in a child process that is killed. FALSE: the step ended before the kill. */
static gboolean
die (const Play *play, Step step, FaultAction action, guint at)
{
  Faults *faults;
  int status;
  pid_t pid;

  faulty_guest_stop (play->guest);
  faults = faults_begin (play->guest->folder);
  faults_end ();
  pid = fork ();
  g_assert_cmpint (pid, >=, 0);
  if (pid == 0)
    {
      faulty_guest_prepare (play->guest, step);
      faults = faults_begin (play->guest->folder);
      faults->action = action;
      faults->at = at;
      g_assert_true (faulty_guest_step (play->guest, step, NULL));
      _exit (0);
    }

  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  faults_end ();
  if (step == STEP_EXPIRE || step == STEP_START_LATE)
    play->guest->now += 100 * G_USEC_PER_SEC;
  if (WIFSIGNALED (status) && WTERMSIG (status) == SIGKILL)
    return TRUE;

  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 0);
  return FALSE;
}

static void
die_at_each_call (FaultyGuest *guest, const Scene *scene, FaultAction action, Tally *tally)
{
  g_auto (Play) play = play_new (guest, scene);

  for (guint at = 1;; at++)
    {
      play_set_up (&play);
      if (!die (&play, scene->step, action, at))
        break;
      tally_count (tally);
      play_check_successor (&play);
    }

  faulty_guest_check_rollback (guest);
}

static void
test_death_at_each_call (void)
{
  g_autoptr (FaultyGuest) guest = faulty_guest_new ();
  Tally tally = { 0 };

  for (guint i = 0; i < N_SCENES; i++)
    die_at_each_call (guest, &scenes[i], FAULT_DIE, &tally);

  tally_report (&tally, "deaths");
  tally_check_kinds (&tally);
  g_assert_cmpuint (tally.points, >, 200);
}

static void
test_death_in_each_write (void)
{
  g_autoptr (FaultyGuest) guest = faulty_guest_new ();
  Tally tally = { 0 };

  for (guint i = 0; i < N_SCENES; i++)
    die_at_each_call (guest, &scenes[i], FAULT_TEAR, &tally);

  tally_report (&tally, "deaths");
  g_assert_cmpuint (tally.of[FAULT_WRITE], ==, tally.points);
  g_assert_cmpuint (tally.points, >, 15);
}

/* The successor of a killed process is killed, too, at each call of its start. */
static guint
die_in_recovery (const Play *play, guint first)
{
  guint deaths = 0;
  gboolean died = TRUE;
  gboolean first_died = TRUE;

  for (guint at = 1; died && first_died; at++)
    {
      play_set_up (play);
      first_died = die (play, play->scene->step, FAULT_DIE, first);
      died = first_died && die (play, STEP_START, FAULT_DIE, at);
      deaths += first_died + died;
      play_check_successor (play);
    }

  return deaths;
}

/* Tests only a random choice of first kills, because many recoveries begin in the same way. */
static void
test_death_in_recovery (void)
{
  g_autoptr (FaultyGuest) guest = faulty_guest_new ();
  guint deaths = 0;

  for (guint i = 0; i < N_SCENES; i++)
    {
      g_auto (Play) play = play_new (guest, &scenes[i]);
      guint more = 1;

      for (guint at = (guint) g_test_rand_int_range (1, 18); more > 0; at += 17)
        {
          more = die_in_recovery (&play, at);
          deaths += more;
        }
    }

  g_test_message ("%u deaths of successors", deaths);
  g_assert_cmpuint (deaths, >, 200);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/engine-deaths/before-each-call", test_death_at_each_call);
  g_test_add_func ("/engine-deaths/in-each-write", test_death_in_each_write);
  g_test_add_func ("/engine-deaths/in-recovery", test_death_in_recovery);
  return g_test_run ();
}
