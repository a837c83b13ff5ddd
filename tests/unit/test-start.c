/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A full disk or a provisional apply can keep a start from applying settings. They are applied as
 * soon as possible. */

#include "config.h"

#include "agent/engine/engine.h"

#include "agent/state/active.h"
#include "fake-disk.h"
#include "fake-guest.h"
#include "protocol/error.h"

#define SECONDS 30

static guint64
apply (FakeGuest *guest, const char *assignments, guint seconds)
{
  g_autoptr (VtSettings) settings = fake_settings (assignments);
  const VtApplyRequest request = { .settings = settings, .confirm_within = seconds };
  g_autoptr (VtReport) report = NULL;
  GError *error = NULL;

  g_assert_true (vt_engine_apply (guest->engine, &request, &report, &error));
  g_assert_no_error (error);

  return report->apply_id;
}

static void
check_warning (FakeGuest *guest, const char *text)
{
  g_autoptr (GPtrArray) warnings = vt_engine_list_warnings (guest->engine);

  g_assert_cmpuint (warnings->len, ==, text != NULL ? 1 : 0);
  if (text != NULL)
    g_assert_nonnull (strstr (g_ptr_array_index (warnings, 0), text));
}

static void
verify (FakeGuest *guest)
{
  g_autoptr (VtReport) report = NULL;

  g_assert_true (vt_engine_verify (guest->engine, &report, NULL));
}

static void
converge (FakeGuest *guest)
{
  g_autoptr (VtReport) report = NULL;

  g_assert_true (vt_engine_converge (guest->engine, "block", "vdb", FALSE, &report, NULL));
}

static void
read_status (FakeGuest *guest)
{
  g_autoptr (GPtrArray) list G_GNUC_UNUSED = vt_engine_status (guest->engine);
}

static void
set_other (FakeGuest *guest)
{
  apply (guest, "block/vda/scheduler=none", 0);
}

static void
start_on_full_disk (FakeGuest *guest)
{
  g_autoptr (VtReport) report = NULL;
  g_autoptr (GError) error = NULL;

  vt_engine_free (guest->engine);
  fake_world_reboot (guest->world);
  fake_disk_set_full (TRUE);
  guest->engine = fake_world_engine (guest->world);
  g_assert_false (vt_engine_start (guest->engine, &report, &error));
  g_assert_error (error, VT_ERROR, VT_ERROR_STATE);

  fake_guest_check (guest, FAKE_SWAPPINESS, "60");
  fake_guest_check (guest, FAKE_AUTO_ONLINE, "online");
  check_warning (guest, "state.log");
}

static void
test_full_disk (FakeGuest *guest, gconstpointer data)
{
  void (*const calls[]) (FakeGuest * guest) = { verify, converge, read_status, set_other };

  apply (guest, "sysctl/vm.swappiness=10 block/*/read_ahead_kb=512", 0);
  for (guint i = 0; i < G_N_ELEMENTS (calls); i++)
    {
      start_on_full_disk (guest);
      read_status (guest);
      fake_guest_check (guest, FAKE_SWAPPINESS, "60");
      check_warning (guest, "state.log");

      fake_disk_set_full (FALSE);
      calls[i](guest);
      fake_guest_check (guest, FAKE_SWAPPINESS, "10");
      fake_guest_check (guest, FAKE_VDA_READ_AHEAD, "512");
      check_warning (guest, NULL);
    }
}

/* A setting that the host has applied in place of the base policy is not undone by the base policy.
 */
static void
test_full_disk_and_another_policy (FakeGuest *guest, gconstpointer data)
{
  g_autoptr (VtReport) report = NULL;

  apply (guest, "memory/auto_online_blocks=online_movable", 0);
  vt_engine_free (guest->engine);
  fake_world_reboot (guest->world);
  fake_disk_set_full (TRUE);
  guest->engine = fake_world_engine (guest->world);
  g_assert_false (vt_engine_start (guest->engine, &report, NULL));
  fake_guest_check (guest, FAKE_AUTO_ONLINE, "offline");
  fake_disk_set_full (FALSE);
  verify (guest);
  fake_guest_check (guest, FAKE_AUTO_ONLINE, "online_movable");
}

/* A device was plugged while the disk was full, and no later event reports it. */
static void
test_full_disk_and_a_new_device (FakeGuest *guest, gconstpointer data)
{
  g_autoptr (VtReport) report = NULL;
  g_autoptr (GError) error = NULL;

  apply (guest, "block/*/read_ahead_kb=512", 0);
  fake_world_plug (guest->world, FAKE_VDB);
  fake_disk_set_full (TRUE);
  g_assert_false (vt_engine_converge (guest->engine, "block", "vdb", FALSE, &report, &error));
  g_assert_error (error, VT_ERROR, VT_ERROR_STATE);
  fake_guest_check (guest, FAKE_VDB_READ_AHEAD, "128");
  check_warning (guest, "state.log");
  fake_disk_set_full (FALSE);
  verify (guest);
  fake_guest_check (guest, FAKE_VDB_READ_AHEAD, "512");
  check_warning (guest, NULL);
}

/* While no agent runs, a disk is plugged and a value changes. When the agent starts again, there is
 * a provisional apply. */
static guint64
start_during_provisional (FakeGuest *guest)
{
  guint64 id;

  apply (guest, "block/*/read_ahead_kb=512 sysctl/vm.swappiness=20", 0);
  id = apply (guest, "block/vda/scheduler=none", SECONDS);
  fake_world_plug (guest->world, FAKE_VDB);
  fake_world_set (guest->world, FAKE_SWAPPINESS, "60");
  fake_guest_restart (guest);
  fake_guest_check (guest, FAKE_VDB_READ_AHEAD, "128");

  return id;
}

static void
check_applied (FakeGuest *guest, const char *scheduler)
{
  fake_guest_check (guest, FAKE_VDB_READ_AHEAD, "512");
  fake_guest_check (guest, FAKE_SWAPPINESS, "20");
  fake_guest_check (guest, FAKE_VDA_SCHEDULER, scheduler);
}

static void
test_provisional (FakeGuest *guest, gconstpointer data)
{
  g_autoptr (GPtrArray) notes = g_ptr_array_new_with_free_func (g_free);
  guint64 id = start_during_provisional (guest);

  g_assert_true (vt_engine_confirm (guest->engine, id, NULL));
  check_applied (guest, "none");

  apply (guest, "block/vda/scheduler=", 0);
  id = start_during_provisional (guest);
  guest->world->state->now += SECONDS * G_USEC_PER_SEC;
  g_assert_cmpuint (vt_engine_expire (guest->engine, notes), ==, id);
  check_applied (guest, "mq-deadline");
}

static void
test_provisional_rolled_back (FakeGuest *guest, gconstpointer data)
{
  g_autoptr (VtReport) report = NULL;

  start_during_provisional (guest);
  g_assert_true (vt_engine_rollback (guest->engine, &report, NULL));
  verify (guest);
  fake_guest_check_original (guest);
}

static void
apply_profile (FakeGuest *guest, const char *name)
{
  const VtApplyRequest request = { .profile = name };
  g_autoptr (VtReport) report = NULL;
  GError *error = NULL;

  g_assert_true (vt_engine_apply (guest->engine, &request, &report, &error));
  g_assert_no_error (error);
}

/* Reboots the guest, and checks that the start reports one ignored profile, with @text. */
static void
reboot (FakeGuest *guest, const char *text)
{
  g_autoptr (VtReport) report = NULL;

  vt_engine_free (guest->engine);
  fake_world_reboot (guest->world);
  guest->engine = fake_world_engine (guest->world);
  g_assert_true (vt_engine_start (guest->engine, &report, NULL));
  g_assert_cmpuint (report->ignored->len, ==, 1);
  g_assert_nonnull (strstr (g_ptr_array_index (report->ignored, 0), text));
}

/* A profile that the active one includes was removed, or a file of it is damaged. */
static void
test_broken_profile (FakeGuest *guest, gconstpointer data)
{
  static const char *const parents[] = { NULL, "[sysctl\n" };

  for (guint i = 0; i < G_N_ELEMENTS (parents); i++)
    {
      g_autoptr (VtReport) report = NULL;
      g_autoptr (GError) error = NULL;

      fake_world_write_profile (guest->world, "parent", "[sysctl]\nvm.dirty_ratio=40\n");
      fake_world_write_profile (guest->world, "child",
                                "[main]\ninclude=parent\n[sysctl]\nvm.swappiness=10\n");
      apply_profile (guest, "child");
      apply (guest, "block/vda/read_ahead_kb=512", 0);
      check_warning (guest, NULL);

      if (parents[i] == NULL)
        fake_world_remove_profile (guest->world, "parent");
      else
        fake_world_write_profile (guest->world, "parent", parents[i]);

      /* The values of the profile stay, while single settings are applied and removed. */
      check_warning (guest, "profile child is in force, as it cannot be loaded");
      apply (guest, "sysctl/vm.swappiness=20 block/vdb/read_ahead_kb=256", 0);
      fake_guest_check (guest, FAKE_SWAPPINESS, "20");
      fake_guest_check (guest, FAKE_DIRTY_RATIO, "40");
      fake_guest_check (guest, FAKE_VDB_READ_AHEAD, "256");
      apply (guest, "block/vdb/read_ahead_kb=", 0);
      fake_guest_check (guest, FAKE_VDB_READ_AHEAD, "128");
      fake_guest_check (guest, FAKE_DIRTY_RATIO, "40");

      reboot (guest, "profile child is in force, as it cannot be loaded");
      check_warning (guest, "parent");
      fake_guest_check (guest, FAKE_VDA_READ_AHEAD, "512");
      fake_guest_check (guest, FAKE_SWAPPINESS, "20");
      fake_guest_check (guest, FAKE_DIRTY_RATIO, "20");
      apply (guest, "sysctl/vm.swappiness=30", 0);
      fake_guest_check (guest, FAKE_SWAPPINESS, "30");

      /* Not all wanted values are known, so verify fails. */
      g_assert_false (vt_engine_verify (guest->engine, &report, &error));
      g_assert_nonnull (strstr (error->message, "profile child"));

      g_assert_true (vt_engine_rollback (guest->engine, &report, NULL));
      check_warning (guest, NULL);
      fake_guest_check_original (guest);
    }
}

/* A damaged profile is repaired. */
static void
test_mended_profile (FakeGuest *guest, gconstpointer data)
{
  fake_world_write_profile (guest->world, "some", "[sysctl]\nvm.swappiness=10\n");
  apply_profile (guest, "some");
  fake_world_remove_profile (guest->world, "some");
  apply (guest, "block/vda/read_ahead_kb=512", 0);
  fake_guest_check (guest, FAKE_SWAPPINESS, "10");

  fake_world_write_profile (guest->world, "some", "[sysctl]\nvm.dirty_ratio=40\n");
  check_warning (guest, NULL);
  fake_guest_restart (guest);
  fake_guest_check (guest, FAKE_SWAPPINESS, "60");
  fake_guest_check (guest, FAKE_DIRTY_RATIO, "40");
  fake_guest_check (guest, FAKE_VDA_READ_AHEAD, "512");
}

#define STORY(name, func)                                                                          \
  g_test_add ("/start/" name, FakeGuest, NULL, fake_guest_set_up, func, fake_guest_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  STORY ("full-disk", test_full_disk);
  STORY ("full-disk-and-another-policy", test_full_disk_and_another_policy);
  STORY ("full-disk-and-a-new-device", test_full_disk_and_a_new_device);
  STORY ("provisional", test_provisional);
  STORY ("provisional-rolled-back", test_provisional_rolled_back);
  STORY ("broken-profile", test_broken_profile);
  STORY ("mended-profile", test_mended_profile);
  return g_test_run ();
}
