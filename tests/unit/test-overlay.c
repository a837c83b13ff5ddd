/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Stored and transient settings: a request takes effect, or its reply names what takes precedence.
 */

#include "config.h"

#include "agent/engine/engine.h"

#include "fake-guest.h"

static VtReport *
apply (FakeGuest *guest, const char *profile, const char *assignments, gboolean transient)
{
  g_autoptr (VtSettings) settings = assignments != NULL ? fake_settings (assignments) : NULL;
  const VtApplyRequest request
      = { .profile = profile, .settings = settings, .transient = transient };
  VtReport *report = NULL;
  GError *error = NULL;

  g_assert_true (vt_engine_apply (guest->engine, &request, &report, &error));
  g_assert_no_error (error);

  return report;
}

static void
apply_quietly (FakeGuest *guest, const char *profile, const char *assignments, gboolean transient)
{
  g_autoptr (VtReport) report G_GNUC_UNUSED = apply (guest, profile, assignments, transient);
}

static const VtRow *
find_row (const VtReport *report, FakeIndex index)
{
  for (guint i = 0; i < report->rows->len; i++)
    {
      const VtRow *row = g_ptr_array_index (report->rows, i);

      if (g_str_equal (row->key, fake_keys[index]))
        return row;
    }

  g_error ("no row of %s", fake_keys[index]);
}

/* Checks that the row of a setting without effect names the source that takes precedence. */
static void
check_told (const VtReport *report, FakeIndex index, const char *value, const char *source)
{
  const VtRow *row = find_row (report, index);

  g_assert_cmpstr (vt_result_word (row->result), ==, "unchanged");
  g_assert_cmpstr (row->to, ==, value);
  g_assert_cmpstr (row->source, ==, source);
  g_assert_nonnull (strstr (row->reason, source));
}

static void
reboot (FakeGuest *guest)
{
  fake_world_reboot (guest->world);
  fake_guest_restart (guest);
}

static void
test_over_a_profile (FakeGuest *guest, gconstpointer data)
{
  g_autoptr (VtReport) report = NULL;

  fake_world_write_profile (guest->world, "a", "[sysctl]\nvm.swappiness=10\n");
  apply_quietly (guest, "a", NULL, TRUE);
  fake_guest_check (guest, FAKE_SWAPPINESS, "10");
  report = apply (guest, NULL, "sysctl/vm.swappiness=30", FALSE);
  fake_guest_check (guest, FAKE_SWAPPINESS, "30");
  g_assert_cmpstr (vt_result_word (find_row (report, FAKE_SWAPPINESS)->result), ==, "applied");
  reboot (guest);
  fake_guest_check (guest, FAKE_SWAPPINESS, "30");
}

static void
test_over_a_glob (FakeGuest *guest, gconstpointer data)
{
  apply_quietly (guest, NULL, "block/*/read_ahead_kb=512", TRUE);
  apply_quietly (guest, NULL, "block/vda/read_ahead_kb=256", FALSE);
  fake_guest_check (guest, FAKE_VDA_READ_AHEAD, "256");
  fake_guest_check (guest, FAKE_VDB_READ_AHEAD, "512");
  reboot (guest);
  fake_guest_check (guest, FAKE_VDA_READ_AHEAD, "256");
  fake_guest_check (guest, FAKE_VDB_READ_AHEAD, "128");
}

/* An exact name wins over a glob, stored or transient, and the reply says so. */
static void
test_glob_under_exact_name (FakeGuest *guest, gconstpointer data)
{
  g_autoptr (VtReport) report = NULL;

  apply_quietly (guest, NULL, "block/vda/read_ahead_kb=512", TRUE);
  report = apply (guest, NULL, "block/*/read_ahead_kb=256", FALSE);
  check_told (report, FAKE_VDA_READ_AHEAD, "512", "transient settings");
  fake_guest_check (guest, FAKE_VDB_READ_AHEAD, "256");
  reboot (guest);
  fake_guest_check (guest, FAKE_VDA_READ_AHEAD, "256");
}

/* A setting that is not in the transient layer can't be removed from it. */
static void
test_removal_of_absent_setting (FakeGuest *guest, gconstpointer data)
{
  g_autoptr (VtReport) report = NULL;
  g_autoptr (VtReport) profile = NULL;

  apply_quietly (guest, NULL, "sysctl/vm.swappiness=10", FALSE);
  report = apply (guest, NULL, "sysctl/vm.swappiness=", TRUE);
  check_told (report, FAKE_SWAPPINESS, "10", "settings");

  fake_world_write_profile (guest->world, "a", "[sysctl]\nvm.swappiness=20\n");
  apply_quietly (guest, "a", NULL, FALSE);
  profile = apply (guest, NULL, "sysctl/vm.swappiness=", FALSE);
  check_told (profile, FAKE_SWAPPINESS, "20", "profile a");
}

/* The row of a setting that takes effect has no explanation. */
static void
test_no_explanation_when_in_effect (FakeGuest *guest, gconstpointer data)
{
  g_autoptr (VtReport) report = NULL;

  apply_quietly (guest, NULL, "sysctl/vm.swappiness=10", FALSE);
  report = apply (guest, NULL, "sysctl/vm.swappiness=10", FALSE);
  g_assert_null (find_row (report, FAKE_SWAPPINESS)->reason);
  g_assert_cmpuint (report->rows->len, ==, 1);
}

#define STORY(name, func)                                                                          \
  g_test_add ("/overlay/" name, FakeGuest, NULL, fake_guest_set_up, func, fake_guest_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  STORY ("over-a-profile", test_over_a_profile);
  STORY ("over-a-glob", test_over_a_glob);
  STORY ("glob-under-exact-name", test_glob_under_exact_name);
  STORY ("removal-of-absent-setting", test_removal_of_absent_setting);
  STORY ("no-explanation-when-in-effect", test_no_explanation_when_in_effect);
  return g_test_run ();
}
