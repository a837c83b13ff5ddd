/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A provisional apply: it stays only if it is confirmed in time. */

#include "config.h"

#include "agent/engine/engine.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/state/state-log.h"
#include "fake-disk.h"
#include "fake-guest.h"
#include "protocol/error.h"

#define SECONDS 30

static const char *const wanted
    = "block/*/read_ahead_kb=512 block/vda/scheduler=none net/eth0/combined=2 net/eth0/xps=auto "
      "sysctl/vm.dirty_bytes=5000 sysctl/vm.swappiness=10";

static void
pass (FakeGuest *guest, guint seconds)
{
  guest->world->state->now += (gint64) seconds * G_USEC_PER_SEC;
}

static gboolean
try_apply (
    FakeGuest *guest, const char *assignments, guint seconds, guint64 *ret_id, GError **error)
{
  g_autoptr (VtSettings) settings = fake_settings (assignments);
  const VtApplyRequest request = { .settings = settings, .confirm_within = seconds };
  g_autoptr (VtReport) report = NULL;

  if (!vt_engine_apply (guest->engine, &request, &report, error))
    return FALSE;

  *ret_id = report->apply_id;
  return TRUE;
}

static guint64
apply (FakeGuest *guest, const char *assignments, guint seconds)
{
  GError *error = NULL;
  guint64 id = 0;

  g_assert_true (try_apply (guest, assignments, seconds, &id, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (id, >, 0);

  return id;
}

static void
check_busy (FakeGuest *guest)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) converge = NULL;
  g_autoptr (VtReport) report = NULL;
  const guint writes = guest->world->state->writes;
  guint64 id = 0;

  g_assert_false (try_apply (guest, "sysctl/vm.swappiness=77", 0, &id, &error));
  g_assert_error (error, VT_ERROR, VT_ERROR_BUSY);
  g_assert_false (vt_engine_converge (guest->engine, "block", "vda", FALSE, &report, &converge));
  g_assert_error (converge, VT_ERROR, VT_ERROR_BUSY);
  g_assert_cmpuint (guest->world->state->writes, ==, writes);
}

static void
check_unconfirmable (FakeGuest *guest, guint64 id, const char *text)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (vt_engine_confirm (guest->engine, id, &error));
  g_assert_error (error, VT_ERROR, VT_ERROR_INVALID_ARGUMENT);
  g_assert_nonnull (strstr (error->message, text));
}

static guint
count_active (FakeGuest *guest)
{
  g_autoptr (VtActive) active = vt_engine_ref_active (guest->engine);

  return active->stored.settings->list->len;
}

static gboolean
is_provisional (FakeGuest *guest)
{
  g_autoptr (VtProvisionalStatus) status = vt_engine_get_provisional (guest->engine);

  return status != NULL;
}

static void
check_drift (FakeGuest *guest, gboolean any)
{
  g_autoptr (VtReport) report = NULL;
  gboolean drift = FALSE;

  g_assert_true (vt_engine_verify (guest->engine, &report, NULL));
  for (guint i = 0; i < report->rows->len; i++)
    drift |= ((const VtRow *) g_ptr_array_index (report->rows, i))->result == VT_RESULT_DRIFT;
  g_assert_cmpint (drift, ==, any);
}

static void
rollback (FakeGuest *guest)
{
  g_autoptr (VtReport) report = NULL;
  GError *error = NULL;

  g_assert_true (vt_engine_rollback (guest->engine, &report, &error));
  g_assert_no_error (error);
  fake_guest_check_original (guest);
}

static guint64
expire (FakeGuest *guest)
{
  g_autoptr (GPtrArray) notes = g_ptr_array_new_with_free_func (g_free);
  guint64 id = vt_engine_expire (guest->engine, notes);

  g_assert_cmpuint (notes->len, ==, 0);

  return id;
}

static void
test_confirm (FakeGuest *guest, gconstpointer data)
{
  const guint64 id = apply (guest, wanted, SECONDS);
  g_autoptr (VtProvisionalStatus) status = vt_engine_get_provisional (guest->engine);

  fake_guest_check (guest, FAKE_SWAPPINESS, "10");
  g_assert_cmpuint (count_active (guest), ==, 0);
  g_assert_cmpuint (status->apply_id, ==, id);
  g_assert_cmpint (status->left, ==, SECONDS * G_USEC_PER_SEC);
  g_assert_cmpuint (status->active->stored.settings->list->len, ==, 6);
  check_busy (guest);
  check_drift (guest, FALSE);

  pass (guest, SECONDS - 1);
  g_assert_cmpuint (expire (guest), ==, 0);
  check_unconfirmable (guest, id + 1, "not");
  g_assert_true (vt_engine_confirm (guest->engine, id, NULL));
  check_unconfirmable (guest, id, "No apply");
  g_assert_false (is_provisional (guest));
  g_assert_cmpuint (count_active (guest), ==, 6);

  pass (guest, 2 * SECONDS);
  g_assert_cmpuint (expire (guest), ==, 0);
  fake_guest_restart (guest);
  fake_guest_check (guest, FAKE_SWAPPINESS, "10");
  check_drift (guest, FALSE);
  rollback (guest);
}

/* The expiry restores the value before the apply, which may differ from the original and the active
 * one. */
static void
test_expire (FakeGuest *guest, gconstpointer data)
{
  guint64 id;

  apply (guest, "sysctl/vm.swappiness=20 block/*/read_ahead_kb=256", 0);
  fake_world_set (guest->world, FAKE_SWAPPINESS, "25");
  id = apply (guest, wanted, SECONDS);
  fake_guest_check (guest, FAKE_VDA_READ_AHEAD, "512");
  fake_guest_check (guest, FAKE_DIRTY_RATIO, "0");

  pass (guest, SECONDS);
  g_assert_cmpuint (expire (guest), ==, id);
  g_assert_cmpuint (expire (guest), ==, 0);
  fake_guest_check (guest, FAKE_SWAPPINESS, "25");
  fake_guest_check (guest, FAKE_VDA_READ_AHEAD, "256");
  fake_guest_check (guest, FAKE_DIRTY_RATIO, "20");
  fake_guest_check (guest, FAKE_ETH0_COMBINED, "4");
  fake_guest_check (guest, FAKE_ETH0_XPS, "kernel-4");
  g_assert_cmpuint (count_active (guest), ==, 2);

  fake_world_set (guest->world, FAKE_SWAPPINESS, "20");
  rollback (guest);
}

/* A request after the deadline ends the provisional apply, even if no timer has fired. */
static void
test_request_after_deadline (FakeGuest *guest, gconstpointer data)
{
  const guint64 id = apply (guest, wanted, SECONDS);

  pass (guest, SECONDS);
  check_unconfirmable (guest, id, "in time");
  fake_guest_check_original (guest);

  apply (guest, wanted, SECONDS);
  pass (guest, SECONDS);
  apply (guest, "sysctl/vm.swappiness=20", 0);
  fake_guest_check (guest, FAKE_SWAPPINESS, "20");
  fake_guest_check (guest, FAKE_VDA_READ_AHEAD, "128");
  rollback (guest);
}

static void
test_restart (FakeGuest *guest, gconstpointer data)
{
  const guint64 id = apply (guest, wanted, SECONDS);

  fake_guest_restart (guest);
  fake_guest_check (guest, FAKE_SWAPPINESS, "10");
  g_assert_true (is_provisional (guest));
  check_busy (guest);
  g_assert_true (vt_engine_confirm (guest->engine, id, NULL));
  fake_guest_restart (guest);
  fake_guest_check (guest, FAKE_ETH0_COMBINED, "2");
  rollback (guest);

  apply (guest, wanted, SECONDS);
  pass (guest, SECONDS);
  fake_guest_restart (guest);
  g_assert_false (is_provisional (guest));
  fake_guest_check_original (guest);
  rollback (guest);
}

static void
test_reboot (FakeGuest *guest, gconstpointer data)
{
  apply (guest, "sysctl/vm.swappiness=20", 0);
  apply (guest, wanted, SECONDS);
  fake_world_reboot (guest->world);
  fake_guest_restart (guest);
  g_assert_false (is_provisional (guest));
  fake_guest_check (guest, FAKE_SWAPPINESS, "20");
  fake_guest_check (guest, FAKE_VDA_READ_AHEAD, "128");
  rollback (guest);
}

static void
test_rollback_cancels (FakeGuest *guest, gconstpointer data)
{
  g_autoptr (VtReport) report = NULL;
  gboolean told = FALSE;

  apply (guest, "sysctl/vm.swappiness=20", 0);
  apply (guest, wanted, SECONDS);
  g_assert_true (vt_engine_rollback (guest->engine, &report, NULL));
  fake_guest_check_original (guest);
  g_assert_false (is_provisional (guest));
  for (guint i = 0; i < report->rows->len; i++)
    {
      const VtRow *row = g_ptr_array_index (report->rows, i);

      told |= g_str_equal (row->key, "net/eth0/combined") && row->result == VT_RESULT_RESTORED;
    }
  g_assert_true (told);

  fake_guest_restart (guest);
  fake_guest_check_original (guest);
}

/* If the end of the provisional apply can't restore a value, the roll-back tries again and reports
 * the result. */
static void
test_rollback_after_failed_expiry (FakeGuest *guest, gconstpointer data)
{
  g_autoptr (VtReport) report = NULL;

  apply (guest, wanted, SECONDS);
  guest->world->state->fail_at = guest->world->state->writes + 1;
  guest->world->state->fail_errno = EIO;
  g_assert_true (vt_engine_rollback (guest->engine, &report, NULL));
  for (guint i = 0; i < report->rows->len; i++)
    {
      const VtRow *row = g_ptr_array_index (report->rows, i);

      g_assert_cmpint (row->result, !=, VT_RESULT_FAILED);
    }
  fake_guest_check_original (guest);
}

static void
test_changed_by_others (FakeGuest *guest, gconstpointer data)
{
  apply (guest, wanted, SECONDS);
  fake_world_set (guest->world, FAKE_SWAPPINESS, "33");
  pass (guest, SECONDS);
  g_assert_cmpuint (expire (guest), >, 0);
  fake_guest_check (guest, FAKE_SWAPPINESS, "33");
  fake_world_set (guest->world, FAKE_SWAPPINESS, "60");
  fake_guest_check_original (guest);
}

/* An apply that changes no value can be confirmed, too. */
static void
test_nothing_to_write (FakeGuest *guest, gconstpointer data)
{
  guint64 id;

  id = apply (guest, "sysctl/vm.swappiness=60", SECONDS);
  g_assert_true (is_provisional (guest));
  g_assert_true (vt_engine_confirm (guest->engine, id, NULL));
  g_assert_cmpuint (count_active (guest), ==, 1);
  apply (guest, "sysctl/vm.swappiness=", SECONDS);
  pass (guest, SECONDS);
  expire (guest);
  g_assert_cmpuint (count_active (guest), ==, 1);
  rollback (guest);
}

static void
test_unwritable (FakeGuest *guest, gconstpointer data)
{
  g_autofree char *aside = g_strconcat (guest->world->state_dir, ".aside", NULL);
  g_autoptr (GError) error = NULL;
  const guint64 id = apply (guest, wanted, SECONDS);

  g_assert_cmpint (g_rename (guest->world->state_dir, aside), ==, 0);
  g_assert_false (vt_engine_confirm (guest->engine, id, &error));
  g_assert_error (error, VT_ERROR, VT_ERROR_STATE);
  g_assert_true (is_provisional (guest));
  pass (guest, SECONDS);
  g_assert_cmpuint (expire (guest), ==, id);
  fake_guest_check_original (guest);
  g_assert_cmpint (g_rename (aside, guest->world->state_dir), ==, 0);
  fake_guest_restart (guest);
  fake_guest_check_original (guest);
}

/* Confirms while the disk is full, which fails. */
static guint64
fail_to_confirm (FakeGuest *guest)
{
  const guint64 id = apply (guest, wanted, SECONDS);
  g_autoptr (GError) error = NULL;

  fake_disk_set_full (TRUE);
  g_assert_false (vt_engine_confirm (guest->engine, id, &error));
  g_assert_error (error, VT_ERROR, VT_ERROR_STATE);
  g_assert_true (is_provisional (guest));
  fake_guest_check (guest, FAKE_SWAPPINESS, "10");
  g_assert_cmpuint (count_active (guest), ==, 0);

  return id;
}

static void
check_confirmed (FakeGuest *guest)
{
  g_assert_false (is_provisional (guest));
  g_assert_cmpuint (count_active (guest), ==, 6);
  fake_guest_check (guest, FAKE_SWAPPINESS, "10");
  check_drift (guest, FALSE);
  fake_guest_restart (guest);
  g_assert_false (is_provisional (guest));
  g_assert_cmpuint (count_active (guest), ==, 6);
  fake_guest_check (guest, FAKE_SWAPPINESS, "10");
  rollback (guest);
}

static void
check_undone (FakeGuest *guest)
{
  g_assert_false (is_provisional (guest));
  g_assert_cmpuint (count_active (guest), ==, 0);
  fake_guest_check_original (guest);
}

/* After a confirmation that failed, the apply is still provisional. */
static void
test_full_at_confirm (FakeGuest *guest, gconstpointer data)
{
  guint64 id;

  /* The disk has free space again, and the host confirms again. */
  id = fail_to_confirm (guest);
  fake_disk_set_full (FALSE);
  g_assert_true (vt_engine_confirm (guest->engine, id, NULL));
  check_confirmed (guest);

  id = fail_to_confirm (guest);
  fake_disk_set_full (FALSE);
  fake_guest_restart (guest);
  g_assert_true (is_provisional (guest));
  g_assert_true (vt_engine_confirm (guest->engine, id, NULL));
  check_confirmed (guest);

  /* The host does not confirm again: the apply is undone, and stays so. */
  id = fail_to_confirm (guest);
  fake_disk_set_full (FALSE);
  pass (guest, SECONDS);
  g_assert_cmpuint (expire (guest), ==, id);
  check_undone (guest);

  id = fail_to_confirm (guest);
  pass (guest, SECONDS);
  g_assert_cmpuint (expire (guest), ==, id);
  check_undone (guest);
  fake_disk_set_full (FALSE);
  fake_guest_restart (guest);
  check_undone (guest);
}

/* As long as the log still has the provisional apply, no other change is made. */
static void
test_full_from_expiry_on (FakeGuest *guest, gconstpointer data)
{
  const guint64 id = apply (guest, wanted, SECONDS);
  g_autoptr (VtSettings) settings = fake_settings ("block/vda/read_ahead_kb=64");
  const VtApplyRequest request = { .settings = settings };
  g_autoptr (VtReport) report = NULL;
  g_autoptr (GError) error = NULL;

  fake_disk_set_full (TRUE);
  pass (guest, SECONDS);
  g_assert_cmpuint (expire (guest), ==, id);
  g_assert_false (vt_engine_apply (guest->engine, &request, &report, &error));
  g_assert_error (error, VT_ERROR, VT_ERROR_STATE);
  check_undone (guest);

  fake_disk_set_full (FALSE);
  apply (guest, "block/vda/read_ahead_kb=64", 0);
  fake_guest_restart (guest);
  g_assert_false (is_provisional (guest));
  g_assert_cmpuint (count_active (guest), ==, 1);
  rollback (guest);
  fake_guest_check_original (guest);
}

/* If the end of the provisional apply can't be recorded, no value is restored. */
static void
test_full_at_rollback (FakeGuest *guest, gconstpointer data)
{
  const guint64 id = apply (guest, wanted, SECONDS);
  g_autoptr (VtReport) report = NULL;
  g_autoptr (GError) error = NULL;

  fake_disk_set_full (TRUE);
  g_assert_false (vt_engine_rollback (guest->engine, &report, &error));
  g_assert_error (error, VT_ERROR, VT_ERROR_STATE);
  g_assert_true (is_provisional (guest));
  check_drift (guest, FALSE);
  fake_disk_set_full (FALSE);
  g_assert_true (vt_engine_confirm (guest->engine, id, NULL));
  check_confirmed (guest);
}

/* A late confirmation of one apply never confirms another apply. */
static void
test_unique_ids (FakeGuest *guest, gconstpointer data)
{
  g_autofree char *log = g_build_filename (guest->world->state_dir, VT_STATE_LOG_FILE, NULL);
  guint64 first = apply (guest, wanted, SECONDS);
  guint64 second;

  fake_world_reboot (guest->world);
  fake_guest_restart (guest);
  second = apply (guest, wanted, SECONDS);
  g_assert_cmpuint (second, >, first);
  check_unconfirmable (guest, first, "not");
  rollback (guest);

  /* Two starts, because the second one finds no state. */
  g_assert_true (g_file_set_contents (log, "{", -1, NULL));
  fake_guest_restart (guest);
  fake_guest_restart (guest);
  first = second;
  second = apply (guest, wanted, SECONDS);
  g_assert_cmpuint (second, >, 1000);
  g_assert_cmpuint (second, <, G_GUINT64_CONSTANT (1) << 53);
  check_unconfirmable (guest, first, "not");
  rollback (guest);
}

/* Applies in a child process that is killed. FALSE: the apply ended before the kill. */
static gboolean
die_in_apply (FakeGuest *guest, guint at)
{
  pid_t pid = fork ();
  int status;

  g_assert_cmpint (pid, >=, 0);
  if (pid == 0)
    {
      guest->world->state->writes = 0;
      guest->world->state->kill_at = at;
      apply (guest, wanted, SECONDS);
      _exit (0);
    }

  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  guest->world->state->kill_at = 0;
  g_assert_true (WIFEXITED (status));

  return WEXITSTATUS (status) == 9;
}

/* An apply that is killed half-way is undone, and not provisional. */
static void
test_killed (FakeGuest *guest, gconstpointer data)
{
  guint at;

  for (at = 1; die_in_apply (guest, at); at++)
    {
      fake_guest_restart (guest);
      fake_guest_check_original (guest);
      g_assert_false (is_provisional (guest));
    }

  g_assert_cmpuint (at, >, 5);
  fake_guest_restart (guest);
  g_assert_true (is_provisional (guest));
  pass (guest, SECONDS);
  g_assert_cmpuint (expire (guest), >, 0);
  fake_guest_check_original (guest);
}

#define STORY(name, func)                                                                          \
  g_test_add ("/provisional/" name, FakeGuest, NULL, fake_guest_set_up, func, fake_guest_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  STORY ("confirm", test_confirm);
  STORY ("expire", test_expire);
  STORY ("request-after-deadline", test_request_after_deadline);
  STORY ("restart", test_restart);
  STORY ("reboot", test_reboot);
  STORY ("rollback-cancels", test_rollback_cancels);
  STORY ("rollback-after-failed-expiry", test_rollback_after_failed_expiry);
  STORY ("changed-by-others", test_changed_by_others);
  STORY ("nothing-to-write", test_nothing_to_write);
  STORY ("unwritable", test_unwritable);
  STORY ("full-at-confirm", test_full_at_confirm);
  STORY ("full-from-expiry-on", test_full_from_expiry_on);
  STORY ("full-at-rollback", test_full_at_rollback);
  STORY ("unique-ids", test_unique_ids);
  STORY ("killed", test_killed);
  return g_test_run ();
}
