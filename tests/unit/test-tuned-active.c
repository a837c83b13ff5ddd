/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What TuneD sets while it runs, and which settings conflict with that. */

#include "config.h"

#include "agent/neighbours/tuned-active.h"
#include "protocol/error.h"
#include "tests/unit/fixture.h"

#define EVENTS "sys/fs/cgroup/system.slice/tuned.service/cgroup.events"

static VtTunedActive *
find (Fixture *fixture, const char *text)
{
  fixture_write (fixture, EVENTS, "populated 1");
  fixture_write (fixture, "etc/tuned/active_profile", "virtual-guest");
  fixture_write (fixture, "etc/tuned/virtual-guest/tuned.conf", text);
  /* The agent's own profile of that name does not count. */
  fixture_write (fixture, "etc/virt-tune/profiles/virtual-guest/tuned.conf",
                 "[sysctl]\nvm.swappiness=30\n");

  return vt_tuned_active_find (fixture->system.fs);
}

static gboolean
permits (const VtTunedActive *tuned, const char *assignment)
{
  g_autoptr (VtSettings) settings = vt_settings_new ();
  g_autoptr (GError) error = NULL;
  gboolean result;

  vt_settings_set (settings, vt_setting_parse (assignment, NULL));
  result = vt_tuned_active_permits (tuned, settings, &error);
  if (!result)
    g_assert_error (error, VT_ERROR, VT_ERROR_REFUSED);

  return result;
}

static void
test_not_running (void)
{
  g_autoptr (Fixture) fixture = fixture_new ("kvm-guest");

  fixture_write (fixture, "etc/tuned/active_profile", "virtual-guest");
  g_assert_null (vt_tuned_active_find (fixture->system.fs));
  fixture_write (fixture, EVENTS, "populated 0");
  g_assert_null (vt_tuned_active_find (fixture->system.fs));
}

static void
test_own_profile (void)
{
  g_autoptr (Fixture) fixture = fixture_new ("kvm-guest");
  g_autoptr (VtTunedActive) tuned = find (fixture, "[sysctl]\nnet.core.somaxconn=1024\n");
  g_autofree char *text = vt_tuned_active_describe (tuned);

  g_assert_cmpstr (text, ==,
                   "tuned.service is active (profile virtual-guest) and sets: "
                   "sysctl/net.core.somaxconn");
  g_assert_true (permits (tuned, "sysctl/vm.swappiness=30"));
  g_assert_false (permits (tuned, "sysctl/net.core.somaxconn=2048"));
}

/* Bytes and a ratio are the same value, and a pattern may mean the same disk. */
static void
test_other_spelling (void)
{
  g_autoptr (Fixture) fixture = fixture_new ("kvm-guest");
  g_autoptr (VtTunedActive) tuned
      = find (fixture, "[sysctl]\nvm.dirty_ratio=30\nvm/overcommit_kbytes=5000\n"
                       "[disk]\ndevices=vd*\nreadahead=4096\n");

  g_assert_false (permits (tuned, "sysctl/vm.dirty_bytes=100000000"));
  g_assert_false (permits (tuned, "sysctl/vm.overcommit_ratio=40"));
  g_assert_true (permits (tuned, "sysctl/vm.dirty_background_ratio=5"));
  g_assert_false (permits (tuned, "block/vda/read_ahead_kb=128"));
  g_assert_true (permits (tuned, "block/sda/read_ahead_kb=128"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tuned-active/not-running", test_not_running);
  g_test_add_func ("/tuned-active/own-profile", test_own_profile);
  g_test_add_func ("/tuned-active/other-spelling", test_other_spelling);

  return g_test_run ();
}
