/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Each call with which the engine changes its state or the kernel's files fails,
 * one after another; or all calls from one on fail; or a device is removed at
 * the call. The engine's answer must be true, also after a restart, and a
 * roll-back must be possible.
 */

#include "config.h"

#include <errno.h>

#include "tests/unit/play.h"

/* Attributes whose values are automatic (except the number of channels), or given by a pattern. */
static const char *const unnamed[]
    = { "net/eth0/", "block/vda/read_ahead_kb=", "block/vdb/read_ahead_kb=" };

/* Makes the step with a fault at the @at-th call. FALSE: the step ended before that call. */
static gboolean
fail (const Play *play, const Faults *how, guint at, gboolean *ret_done, GError **error)
{
  Faults *faults;

  play_set_up (play);
  faulty_guest_prepare (play->guest, play->scene->step);
  faults = faults_begin (play->guest->folder);
  faults->action = how->action;
  faults->lasting = how->lasting;
  faults->errnum = how->errnum;
  faults->root = play->guest->fixture->root;
  faults->at = at;
  *ret_done = faulty_guest_step (play->guest, play->scene->step, error);
  faults_end ();

  return faults->happened;
}

/* Whether the answer says that a value could not be written. */
static gboolean
is_reported (const Play *play, const GError *error)
{
  return play->guest->failed > 0 || (error != NULL && strstr (error->message, "could not") != NULL);
}

/* The values of @text, except those of @device. */
static char *
lines_without (const char *text, const char *device)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", 0);
  GString *rest = g_string_new (NULL);

  for (guint i = 0; lines[i] != NULL; i++)
    {
      if (!g_str_has_prefix (lines[i], device) && strchr (lines[i], '=') != NULL)
        g_string_append_printf (rest, "%s\n", lines[i]);
    }

  return g_string_free (rest, FALSE);
}

/* A device refused a value that nobody named for it, and the answer said so: all else is done. */
static gboolean
is_done_except_one (const Play *play, const char *found, const char *expected)
{
  for (guint i = 0; i < G_N_ELEMENTS (unnamed); i++)
    {
      g_autofree char *rest = lines_without (found, unnamed[i]);
      g_autofree char *expected_rest = lines_without (expected, unnamed[i]);

      if (play->guest->left > 0 && g_str_equal (rest, expected_rest))
        return TRUE;
    }

  return FALSE;
}

/* Checks that the answer is true: the step was done as a whole, or nothing of it. */
static void
check_answer (const Play *play, gboolean done, const GError *error)
{
  const gboolean kernel = faults_get ()->where == FAULT_KERNEL;
  g_autofree char *values = faulty_guest_values (play->guest);
  const gboolean as_answered = g_str_equal (values, done ? play->values_after : play->values);

  if (as_answered || (kernel && is_reported (play, error))
      || (kernel && done && is_done_except_one (play, values, play->values_after)))
    return;
  /* The provisional apply was undone first. Then the roll-back or the start could not be recorded.
   */
  if (!done && play->scene->before[1] == STEP_TRY && play->scene->lenient)
    return;

  play_fail (play, done ? "done, and there is" : error->message, values,
             done ? play->values_after : play->values);
}

/* Whether the step may be done in part, because the kernel or the disk keeps failing. */
static gboolean
may_be_partial (const Play *play, gboolean done)
{
  const Faults *faults = faults_get ();

  if (faults->where == FAULT_KERNEL)
    return play->scene->lenient || faults->lasting;

  /* The record that the apply is no longer provisional could not be written. */
  return faults->lasting && play->scene->step == STEP_TRY && !done;
}

/* Checks that the answer is still true after a start, and that a roll-back works. */
static void
check_after_failure (const Play *play, gboolean done)
{
  const gboolean exact = !faults_get ()->lasting && play->expired == NULL;
  const char *expected = done ? play->after : play->before;
  g_autofree char *found = NULL;

  faulty_guest_start (play->guest);
  found = faulty_guest_look (play->guest);
  /* A start does not write what a provisional apply has left. */
  if (!may_be_partial (play, done)
      && !(done && play->scene->step == STEP_TRY && is_done_except_one (play, found, expected))
      && (exact ? !g_str_equal (found, expected) : !play_is_allowed (play, found)))
    play_fail (play, done ? "done, and a successor finds" : "refused, and a successor finds", found,
               expected);

  faulty_guest_check_rollback (play->guest);
}

static void
fail_at_each_call (FaultyGuest *guest, const Scene *scene, const Faults *how, Tally *tally)
{
  g_auto (Play) play = play_new (guest, scene);
  gboolean happened = TRUE;

  for (guint at = 1; happened; at++)
    {
      g_autoptr (GError) error = NULL;
      gboolean done;

      happened = fail (&play, how, at, &done, &error);
      if (happened)
        {
          tally_count (tally);
          check_answer (&play, done, error);
        }
      check_after_failure (&play, done);
    }
}

static void
test_failure_of_each_call (void)
{
  static const int errors[] = { ENOSPC, EROFS, EINVAL, EBUSY, ENODEV };
  g_autoptr (FaultyGuest) guest = faulty_guest_new ();
  Faults how = { .action = FAULT_FAIL, .errnum = EIO };
  Tally tally = { 0 };

  for (guint i = 0; i < N_SCENES; i++)
    fail_at_each_call (guest, &scenes[i], &how, &tally);
  for (guint i = 0; i < G_N_ELEMENTS (errors); i++)
    {
      how.errnum = errors[i];
      fail_at_each_call (guest, &scenes[1], &how, &tally);
    }

  tally_report (&tally, "calls that failed");
  tally_check_kinds (&tally);
}

/* The undo fails, too: all later calls for the disk, or for the kernel, fail. */
static void
test_failure_from_each_call_on (void)
{
  g_autoptr (FaultyGuest) guest = faulty_guest_new ();
  const Faults how = { .action = FAULT_FAIL, .errnum = ENOSPC, .lasting = TRUE };
  Tally tally = { 0 };

  for (guint i = 0; i < N_SCENES; i++)
    fail_at_each_call (guest, &scenes[i], &how, &tally);

  tally_report (&tally, "calls after which all failed");
  tally_check_kinds (&tally);
}

static void
check_rest (const Play *play, const char *device, const char *what, const char *expected)
{
  g_autofree char *values = faulty_guest_values (play->guest);
  g_autofree char *rest = lines_without (values, device);
  g_autofree char *wanted = lines_without (expected, device);

  if (!g_str_equal (rest, wanted))
    play_fail (play, what, rest, wanted);
}

/* A device was removed for good: all else is as without the fault, and can be rolled back. */
static void
check_without_device (const Play *play, gboolean done, const char *device)
{
  g_assert_cmpint (done, ==, play->scene->lenient);
  check_rest (play, device, "without the device there is",
              done ? play->values_after : play->values);
  faulty_guest_start (play->guest);
  check_rest (play, device, "a successor finds", done ? play->values_after : play->values);
  g_assert_true (faulty_guest_step (play->guest, STEP_ROLLBACK, NULL));
  check_rest (play, device, "after the roll-back there is", play->guest->values);
}

static void
test_device_is_removed (void)
{
  g_autoptr (FaultyGuest) guest = faulty_guest_new ();
  const Faults how = { .action = FAULT_REMOVE_DEVICE, .errnum = EIO };
  guint left = 0;

  for (guint i = 0; i < 4; i++)
    {
      g_auto (Play) play = play_new (guest, &scenes[i]);
      gboolean happened = TRUE;

      for (guint at = 1; happened; at++)
        {
          g_autoptr (GError) error = NULL;
          gboolean done;

          happened = fail (&play, &how, at, &done, &error);
          if (happened && *faults_get ()->device != '\0')
            {
              check_without_device (&play, done, faults_get ()->device);
              faulty_guest_bring_back (guest, faults_get ()->device);
              left++;
            }
          faulty_guest_check_rollback (guest);
        }
    }

  g_test_message ("a device was removed in %u writes", left);
  g_assert_cmpuint (left, >, 12);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/engine-failures/of-each-call", test_failure_of_each_call);
  g_test_add_func ("/engine-failures/from-each-call-on", test_failure_from_each_call_on);
  g_test_add_func ("/engine-failures/device-is-removed", test_device_is_removed);
  return g_test_run ();
}
