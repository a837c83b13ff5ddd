/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How requests change the active settings, and that these are stored completely. */

#include "config.h"

#include "agent/state/active.h"

#include "fake-world.h"

static VtActive *
with (VtActive *active, VtApplyRequest request, const char *assignments)
{
  g_autoptr (VtSettings) settings = assignments != NULL ? fake_settings (assignments) : NULL;
  VtActive *next;

  request.settings = settings;
  next = vt_active_with (active, &request);
  vt_active_unref (active);

  return next;
}

static const char *
value (const VtActiveLevel *level, const char *key)
{
  const VtSetting *setting = vt_settings_get (level->settings, key);

  return setting != NULL ? setting->value : NULL;
}

static void
test_merge (void)
{
  g_autoptr (VtActive) active = vt_active_new ("default");

  g_assert_cmpstr (active->stored.profile, ==, "default");
  active = with (active, (VtApplyRequest){ NULL }, "sysctl/a.b=1 sysctl/c.d=2");
  active = with (active, (VtApplyRequest){ NULL }, "sysctl/a.b=3 sysctl/c.d=");
  g_assert_cmpstr (value (&active->stored, "sysctl/a.b"), ==, "3");
  g_assert_cmpstr (value (&active->stored, "sysctl/c.d"), ==, NULL);
  g_assert_cmpstr (active->stored.profile, ==, "default");

  /* A profile replaces the profile, and clears the settings unless given too. */
  active = with (active, (VtApplyRequest){ .profile = "p" }, "sysctl/e.f=4");
  g_assert_cmpstr (active->stored.profile, ==, "p");
  g_assert_cmpstr (value (&active->stored, "sysctl/a.b"), ==, NULL);
  g_assert_cmpstr (value (&active->stored, "sysctl/e.f"), ==, "4");
}

static void
test_transient (void)
{
  g_autoptr (VtActive) active = vt_active_new (NULL);

  active = with (active, (VtApplyRequest){ .transient = TRUE }, "sysctl/a.b=1 sysctl/c.d=2");
  g_assert_cmpstr (value (&active->stored, "sysctl/a.b"), ==, NULL);
  g_assert_cmpstr (value (&active->transient, "sysctl/a.b"), ==, "1");

  /* A stored setting is not hidden by an older transient one. */
  active = with (active, (VtApplyRequest){ NULL }, "sysctl/a.b=3");
  g_assert_cmpstr (value (&active->transient, "sysctl/a.b"), ==, NULL);
  g_assert_cmpstr (value (&active->transient, "sysctl/c.d"), ==, "2");

  /* If a transient glob would still hide it, the setting is in both levels until the next boot. */
  active = with (active, (VtApplyRequest){ .transient = TRUE }, "block/*/a=1");
  active = with (active, (VtApplyRequest){ .forced = TRUE }, "block/vda/a=2 block/vda/b=2");
  g_assert_cmpstr (value (&active->stored, "block/vda/a"), ==, "2");
  g_assert_cmpstr (value (&active->transient, "block/vda/a"), ==, "2");
  g_assert_true (g_hash_table_contains (active->transient.forced, "block/vda/a"));
  g_assert_cmpstr (value (&active->transient, "block/*/a"), ==, "1");
  g_assert_cmpstr (value (&active->transient, "block/vda/b"), ==, NULL);
  active = with (active, (VtApplyRequest){ NULL }, "block/vda/a=");
  g_assert_cmpstr (value (&active->transient, "block/vda/a"), ==, NULL);
}

static void
test_forced (void)
{
  g_autoptr (VtActive) active = vt_active_new (NULL);

  active = with (active, (VtApplyRequest){ .forced = TRUE }, "sysctl/a.b=1");
  g_assert_true (g_hash_table_contains (active->stored.forced, "sysctl/a.b"));
  active = with (active, (VtApplyRequest){ NULL }, "sysctl/a.b=2");
  g_assert_false (g_hash_table_contains (active->stored.forced, "sysctl/a.b"));
}

static void
check_stored (const VtActive *active)
{
  g_autoptr (JsonObject) object = vt_active_to_json (active);
  g_autoptr (VtActive) same = vt_active_from_json (object, NULL);

  g_assert_true (vt_active_equal (active, same));
}

static void
test_stored (void)
{
  g_autoptr (VtActive) active = vt_active_new (NULL);
  g_autoptr (VtActive) next_boot = NULL;
  g_autoptr (VtActive) rolled_back = vt_active_new_rolled_back ();

  active = with (active, (VtApplyRequest){ .profile = "p", .forced = TRUE }, "sysctl/a.b=1");
  active = with (active, (VtApplyRequest){ .transient = TRUE }, "sysctl/c.d=2");
  check_stored (active);
  check_stored (rolled_back);

  next_boot = vt_active_without_transient (active);
  g_assert_cmpstr (value (&next_boot->stored, "sysctl/a.b"), ==, "1");
  g_assert_cmpstr (value (&next_boot->transient, "sysctl/c.d"), ==, NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/active/merge", test_merge);
  g_test_add_func ("/active/transient", test_transient);
  g_test_add_func ("/active/forced", test_forced);
  g_test_add_func ("/active/stored", test_stored);
  return g_test_run ();
}
