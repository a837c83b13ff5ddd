/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tests/unit/play.h"

const Scene scenes[N_SCENES] = {
  { "first apply", { STEP_NONE, STEP_NONE }, STEP_APPLY },
  { "second apply", { STEP_APPLY, STEP_NONE }, STEP_CHANGE },
  { "roll-back", { STEP_APPLY, STEP_CHANGE }, STEP_ROLLBACK, TRUE },
  { "provisional apply", { STEP_APPLY, STEP_NONE }, STEP_TRY },
  { "confirmation", { STEP_APPLY, STEP_TRY }, STEP_CONFIRM },
  { "expiry", { STEP_APPLY, STEP_TRY }, STEP_EXPIRE, TRUE },
  { "expiry at start", { STEP_APPLY, STEP_TRY }, STEP_START_LATE, TRUE },
  { "roll-back of a provisional apply", { STEP_APPLY, STEP_TRY }, STEP_ROLLBACK, TRUE },
  { "apply that replaces the log", { STEP_APPLY, STEP_GROW }, STEP_CHANGE },
  { "roll-back that replaces the log", { STEP_APPLY, STEP_GROW }, STEP_ROLLBACK, TRUE },
  { "provisional apply that replaces the log", { STEP_APPLY, STEP_GROW }, STEP_TRY },
  { "roll-back of the first apply", { STEP_APPLY, STEP_NONE }, STEP_ROLLBACK, TRUE },
  { "start in another boot", { STEP_APPLY, STEP_CHANGE }, STEP_BOOT, TRUE },
};

void
play_clear (Play *play)
{
  g_free (play->values);
  g_free (play->values_after);
  g_free (play->before);
  g_free (play->after);
  g_free (play->expired);
}

void
play_set_up (const Play *play)
{
  faulty_guest_set_up (play->guest, play->scene->before, G_N_ELEMENTS (play->scene->before));
}

/* Makes @step, then starts a new engine and returns its state. */
static char *
look_after (const Play *play, Step step, char **ret_values)
{
  GError *error = NULL;
  char *text;

  faulty_guest_prepare (play->guest, step);
  g_assert_true (faulty_guest_step (play->guest, step, &error));
  g_assert_no_error (error);
  faulty_guest_start (play->guest);
  text = faulty_guest_look (play->guest);
  *ret_values = faulty_guest_values (play->guest);
  faulty_guest_check_rollback (play->guest);

  return text;
}

Play
play_new (FaultyGuest *guest, const Scene *scene)
{
  Play play = { .guest = guest, .scene = scene };
  g_autofree char *ignored = NULL;

  play_set_up (&play);
  faulty_guest_prepare (guest, scene->step);
  play.before = look_after (&play, STEP_NONE, &ignored);
  play_set_up (&play);
  faulty_guest_prepare (guest, scene->step);
  play.values = faulty_guest_values (guest);
  play.after = look_after (&play, scene->step, &play.values_after);
  if (scene->step == STEP_ROLLBACK && scene->before[1] == STEP_TRY)
    {
      g_free (ignored);
      play_set_up (&play);
      play.expired = look_after (&play, STEP_EXPIRE, &ignored);
    }
  g_test_message ("%s", scene->name);

  return play;
}

/* The lines of @text that are not in @other. */
static char *
list_lines_only_in (const char *text, const char *other)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", 0);
  g_auto (GStrv) others = g_strsplit (other, "\n", 0);
  GString *extra = g_string_new (NULL);

  for (guint i = 0; lines[i] != NULL; i++)
    {
      if (!g_strv_contains ((const char *const *) others, lines[i]))
        g_string_append_printf (extra, " %s", lines[i]);
    }
  g_string_truncate (extra, MIN (extra->len, 160));

  return g_string_free (extra, FALSE);
}

gboolean
play_is_allowed (const Play *play, const char *found)
{
  return g_str_equal (found, play->before) || g_str_equal (found, play->after)
         || g_strcmp0 (found, play->expired) == 0;
}

void
play_fail (const Play *play, const char *what, const char *found, const char *expected)
{
  const Faults *faults = faults_get ();
  g_autofree char *extra = list_lines_only_in (found, expected);
  g_autofree char *missing = list_lines_only_in (expected, found);

  g_test_message ("%s, call %u (%s %s): %s:%s instead of%s", play->scene->name, faults->at,
                  fault_call_names[faults->where], faults->path, what, extra, missing);
  g_test_fail ();
}

void
play_check_successor (const Play *play)
{
  g_autofree char *found = NULL;

  faulty_guest_start (play->guest);
  found = faulty_guest_look (play->guest);
  if (!play_is_allowed (play, found))
    play_fail (play, "a successor finds", found, play->before);

  faulty_guest_check_rollback (play->guest);
}

void
tally_count (Tally *tally)
{
  tally->points++;
  tally->of[faults_get ()->where]++;
}

void
tally_report (const Tally *tally, const char *what)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < FAULT_N; i++)
    g_string_append_printf (text, "%s%u %s", i > 0 ? ", " : "", tally->of[i], fault_call_names[i]);

  g_test_message ("%u %s: %s", tally->points, what, text->str);
}

void
tally_check_kinds (const Tally *tally)
{
  for (guint i = 0; i < FAULT_N; i++)
    g_assert_cmpuint (tally->of[i], >, 0);
}
