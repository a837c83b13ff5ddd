/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The engine's promises, tested with a simulated guest. */

#include "config.h"

#include "agent/engine/engine.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <sys/stat.h>

#include "agent/state/active.h"
#include "agent/state/state-log.h"
#include "fake-disk.h"
#include "fake-guest.h"
#include "protocol/error.h"

static gboolean
try_apply (FakeGuest *guest,
           VtApplyRequest request,
           const char *assignments,
           VtReport **ret,
           GError **error)
{
  g_autoptr (VtSettings) settings = assignments != NULL ? fake_settings (assignments) : NULL;

  request.settings = settings;
  return vt_engine_apply (guest->engine, &request, ret, error);
}

static VtReport *
apply (FakeGuest *guest, const char *assignments)
{
  VtReport *report = NULL;
  GError *error = NULL;

  g_assert_true (try_apply (guest, (VtApplyRequest){ NULL }, assignments, &report, &error));
  g_assert_no_error (error);

  return report;
}

static void
apply_quietly (FakeGuest *guest, const char *assignments)
{
  g_autoptr (VtReport) report G_GNUC_UNUSED = apply (guest, assignments);
}

static void
apply_profile (FakeGuest *guest, const char *profile, const char *assignments)
{
  g_autoptr (VtReport) report = NULL;
  GError *error = NULL;

  g_assert_true (
      try_apply (guest, (VtApplyRequest){ .profile = profile }, assignments, &report, &error));
  g_assert_no_error (error);
}

static void
check_refusal (FakeGuest *guest, const char *assignments, VtErrorCode code, const char *text)
{
  g_autoptr (VtReport) report = NULL;
  g_autoptr (GError) error = NULL;
  const guint writes = guest->world->state->writes;

  g_assert_false (try_apply (guest, (VtApplyRequest){ NULL }, assignments, &report, &error));
  g_assert_error (error, VT_ERROR, (int) code);
  g_assert_nonnull (strstr (error->message, text));
  g_assert_cmpuint (guest->world->state->writes, ==, writes);
}

static VtReport *
rollback (FakeGuest *guest)
{
  VtReport *report = NULL;
  GError *error = NULL;

  g_assert_true (vt_engine_rollback (guest->engine, &report, &error));
  g_assert_no_error (error);

  return report;
}

static void
rollback_quietly (FakeGuest *guest)
{
  g_autoptr (VtReport) report G_GNUC_UNUSED = rollback (guest);
}

static VtReport *
converge_early (FakeGuest *guest, const char *section, const char *device, gboolean early)
{
  VtReport *report = NULL;
  GError *error = NULL;

  g_assert_true (vt_engine_converge (guest->engine, section, device, early, &report, &error));
  g_assert_no_error (error);

  return report;
}

static VtReport *
converge (FakeGuest *guest, const char *section, const char *device)
{
  return converge_early (guest, section, device, FALSE);
}

static const VtRow *
find_row_or_null (const VtReport *report, const char *key)
{
  for (guint i = 0; i < report->rows->len; i++)
    {
      const VtRow *row = g_ptr_array_index (report->rows, i);

      if (g_str_equal (row->key, key))
        return row;
    }

  return NULL;
}

static const VtRow *
find_row (const VtReport *report, const char *key)
{
  const VtRow *row = find_row_or_null (report, key);

  if (row == NULL)
    g_error ("no row of %s", key);

  return row;
}

static void
check_row (const VtReport *report, FakeIndex index, VtResult result)
{
  const VtRow *row = find_row (report, fake_keys[index]);

  g_assert_cmpstr (vt_result_word (row->result), ==, vt_result_word (result));
}

static guint
count_drift (FakeGuest *guest)
{
  g_autoptr (VtReport) report = NULL;
  guint drift = 0;

  g_assert_true (vt_engine_verify (guest->engine, &report, NULL));
  for (guint i = 0; i < report->rows->len; i++)
    drift += ((const VtRow *) g_ptr_array_index (report->rows, i))->result == VT_RESULT_DRIFT;

  return drift;
}

static void
test_apply_and_roll_back (FakeGuest *guest, gconstpointer data)
{
  g_autoptr (VtReport) applied = NULL;
  g_autoptr (VtReport) back = NULL;

  fake_guest_check_original (guest);
  applied = apply (guest,
                   "block/*/read_ahead_kb=4096 block/vda/scheduler=noop sysctl/vm.swappiness=60");
  fake_guest_check (guest, FAKE_VDA_READ_AHEAD, "4096");
  fake_guest_check (guest, FAKE_VDB_READ_AHEAD, "4096");
  fake_guest_check (guest, FAKE_VDA_SCHEDULER, "none");
  check_row (applied, FAKE_VDA_SCHEDULER, VT_RESULT_APPLIED);
  check_row (applied, FAKE_SWAPPINESS, VT_RESULT_UNCHANGED);
  g_assert_cmpuint (applied->apply_id, >, 0);
  g_assert_cmpuint (count_drift (guest), ==, 0);

  apply_quietly (guest, "block/vda/read_ahead_kb=512");
  fake_guest_check (guest, FAKE_VDA_READ_AHEAD, "512");
  fake_guest_check (guest, FAKE_VDB_READ_AHEAD, "4096");

  back = rollback (guest);
  fake_guest_check_original (guest);
  check_row (back, FAKE_VDA_READ_AHEAD, VT_RESULT_RESTORED);
  g_assert_null (find_row_or_null (back, fake_keys[FAKE_SWAPPINESS]));
}

static void
test_idempotent (FakeGuest *guest, gconstpointer data)
{
  g_autoptr (VtReport) again = NULL;
  guint writes;

  apply_quietly (guest, "block/vda/scheduler=none net/eth0/combined=2 net/eth0/xps=auto");
  writes = guest->world->state->writes;
  again = apply (guest, "block/vda/scheduler=none net/eth0/combined=2 net/eth0/xps=auto");
  g_assert_cmpuint (guest->world->state->writes, ==, writes);
  check_row (again, FAKE_ETH0_XPS, VT_RESULT_UNCHANGED);
}

static void
test_dry_run (FakeGuest *guest, gconstpointer data)
{
  g_autoptr (VtReport) report = NULL;
  g_autoptr (VtActive) active = NULL;
  const guint writes = guest->world->state->writes;

  g_assert_true (try_apply (guest, (VtApplyRequest){ .dry_run = TRUE },
                            "block/vda/scheduler=none sysctl/vm.swappiness=60", &report, NULL));
  check_row (report, FAKE_VDA_SCHEDULER, VT_RESULT_PLANNED);
  check_row (report, FAKE_SWAPPINESS, VT_RESULT_UNCHANGED);
  g_assert_cmpuint (guest->world->state->writes, ==, writes);
  active = vt_engine_ref_active (guest->engine);
  g_assert_cmpuint (active->stored.settings->list->len, ==, 0);
}

static void
test_faults_change_nothing (FakeGuest *guest, gconstpointer data)
{
  check_refusal (guest, "block/vda/schedular=none", VT_ERROR_INVALID_ARGUMENT,
                 "scheduler, read_ahead_kb");
  check_refusal (guest, "block/vdz/scheduler=none", VT_ERROR_NO_SUCH_DEVICE, "vda, vdb");
  check_refusal (guest, "block/vda/rq_affinity=2", VT_ERROR_NOT_OFFERED, "rq_affinity");
  check_refusal (guest, "block/vda/scheduler=bfq", VT_ERROR_NOT_OFFERED, "none mq-deadline kyber");
  check_refusal (guest, "block/vdb/scheduler=none", VT_ERROR_REFUSED, "passed through");
  check_refusal (guest, "net/eth0/combined=0", VT_ERROR_INVALID_ARGUMENT, "1..4");
  check_refusal (guest, "net/eth0/combined=5", VT_ERROR_INVALID_ARGUMENT, "1..4");
  check_refusal (guest, "sysctl/kernel.sched_absent=1", VT_ERROR_NOT_OFFERED, "kernel");
  check_refusal (guest, "sysctl/kernel.panic=1", VT_ERROR_INVALID_ARGUMENT, "kernel.panic");
  check_refusal (guest, "sysctl/vm.dirty_bytes=5000 sysctl/vm.dirty_ratio=5",
                 VT_ERROR_INVALID_ARGUMENT, "one or the other");
  check_refusal (guest, "block/vd*/scheduler=none block/*da/scheduler=kyber",
                 VT_ERROR_INVALID_ARGUMENT, "block/vd*/scheduler");

  /* One invalid setting among valid ones; and the error names every invalid one. */
  check_refusal (guest, "sysctl/vm.swappiness=10 net/eth0/combined=9 block/vdz/scheduler=none",
                 VT_ERROR_INVALID_ARGUMENT, "there is no block device vdz");
  fake_guest_check_original (guest);
  g_assert_cmpuint (count_drift (guest), ==, 0);
}

static void
test_force (FakeGuest *guest, gconstpointer data)
{
  g_autoptr (VtReport) report = NULL;

  g_assert_true (try_apply (guest, (VtApplyRequest){ .forced = TRUE }, "block/vdb/scheduler=none",
                            &report, NULL));
  fake_guest_check (guest, FAKE_VDB_SCHEDULER, "none");

  /* A forced setting stays in force: over a reboot, and when others are applied. */
  fake_world_reboot (guest->world);
  fake_guest_restart (guest);
  fake_guest_check (guest, FAKE_VDB_SCHEDULER, "none");
  apply_quietly (guest, "sysctl/vm.swappiness=10");
  g_assert_cmpuint (count_drift (guest), ==, 0);
}

static void
hint (FakeGuest *guest, const char *vda, const char *vdb)
{
  g_autoptr (VtHints) hints = vt_hints_new ();
  g_autoptr (VtReport) report = NULL;
  GError *error = NULL;

  g_assert_true (vda == NULL || vt_hints_add (hints, "vda", NULL, vda, VT_ROTATIONAL_UNSAID, NULL));
  g_assert_true (vdb == NULL || vt_hints_add (hints, "vdb", NULL, vdb, VT_ROTATIONAL_UNSAID, NULL));
  g_assert_true (try_apply (guest, (VtApplyRequest){ .hints = hints }, NULL, &report, &error));
  g_assert_no_error (error);
}

/* A hint of the host wins over what the guest sees, until the host sends another hint. */
static void
test_hints (FakeGuest *guest, gconstpointer data)
{
  apply_quietly (guest, "block/*/scheduler=auto");
  fake_guest_check (guest, FAKE_VDA_SCHEDULER, "none");
  fake_guest_check (guest, FAKE_VDB_SCHEDULER, "mq-deadline");

  hint (guest, "iscsi", "image");
  fake_guest_check (guest, FAKE_VDA_SCHEDULER, "mq-deadline");
  fake_guest_check (guest, FAKE_VDB_SCHEDULER, "none");
  check_refusal (guest, "block/vda/scheduler=none", VT_ERROR_REFUSED, "passed through");
  g_assert_cmpuint (count_drift (guest), ==, 0);

  apply_quietly (guest, "sysctl/vm.swappiness=10");
  fake_world_reboot (guest->world);
  fake_guest_restart (guest);
  fake_guest_check (guest, FAKE_VDA_SCHEDULER, "mq-deadline");
  fake_guest_check (guest, FAKE_VDB_SCHEDULER, "none");

  hint (guest, NULL, "lun");
  fake_guest_check (guest, FAKE_VDA_SCHEDULER, "none");
  fake_guest_check (guest, FAKE_VDB_SCHEDULER, "mq-deadline");

  hint (guest, "block", "block");
  fake_guest_check (guest, FAKE_VDB_SCHEDULER, "none");
  rollback_quietly (guest);
  fake_guest_check_original (guest);
  check_refusal (guest, "block/vdb/scheduler=none", VT_ERROR_REFUSED, "passed through");
}

static void
test_selectors (FakeGuest *guest, gconstpointer data)
{
  apply_quietly (guest,
                 "block/*/read_ahead_kb=1 block/vd?/read_ahead_kb=2 block/vdb/read_ahead_kb=3");
  fake_guest_check (guest, FAKE_VDA_READ_AHEAD, "2");
  fake_guest_check (guest, FAKE_VDB_READ_AHEAD, "3");
}

static void
test_null_restores_original (FakeGuest *guest, gconstpointer data)
{
  g_autoptr (VtReport) report = NULL;

  apply_quietly (guest, "block/vda/read_ahead_kb=512 sysctl/vm.swappiness=10");
  report = apply (guest, "sysctl/vm.swappiness=");
  fake_guest_check (guest, FAKE_SWAPPINESS, "60");
  fake_guest_check (guest, FAKE_VDA_READ_AHEAD, "512");
  check_row (report, FAKE_SWAPPINESS, VT_RESULT_APPLIED);
  rollback_quietly (guest);
  fake_guest_check_original (guest);
}

static void
test_pair (FakeGuest *guest, gconstpointer data)
{
  apply_quietly (guest, "sysctl/vm.dirty_bytes=5000");
  fake_guest_check (guest, FAKE_DIRTY_RATIO, "0");
  apply_quietly (guest, "sysctl/vm.dirty_bytes= sysctl/vm.dirty_ratio=40");
  fake_guest_check (guest, FAKE_DIRTY_BYTES, "0");
  fake_guest_check (guest, FAKE_DIRTY_RATIO, "40");
  apply_quietly (guest, "sysctl/vm.dirty_bytes=7000 sysctl/vm.dirty_ratio=");
  fake_guest_check (guest, FAKE_DIRTY_RATIO, "0");
  g_assert_cmpuint (count_drift (guest), ==, 0);
  rollback_quietly (guest);
  fake_guest_check_original (guest);
}

static void
test_pair_of_bytes (FakeGuest *guest, gconstpointer data)
{
  fake_world_set (guest->world, FAKE_DIRTY_BYTES, "9000");
  apply_quietly (guest, "sysctl/vm.dirty_ratio=40");
  fake_guest_check (guest, FAKE_DIRTY_BYTES, "0");
  rollback_quietly (guest);
  fake_guest_check (guest, FAKE_DIRTY_BYTES, "9000");
  fake_guest_check (guest, FAKE_DIRTY_RATIO, "0");
}

/* While the bytes are in force, the ratio reads 0. This does not count as a ratio that is set to 0.
 */
static void
test_pair_of_zero (FakeGuest *guest, gconstpointer data)
{
  apply_quietly (guest, "sysctl/vm.dirty_bytes=5000");
  check_refusal (guest, "sysctl/vm.dirty_bytes= sysctl/vm.dirty_ratio=0", VT_ERROR_NOT_OFFERED,
                 "vm.dirty_bytes=5000 is in force");
  fake_guest_check (guest, FAKE_DIRTY_BYTES, "5000");
  g_assert_cmpuint (count_drift (guest), ==, 0);
  apply_quietly (guest, "sysctl/vm.dirty_bytes=");
  fake_guest_check_original (guest);
}

static void
test_pair_changed_by_others (FakeGuest *guest, gconstpointer data)
{
  g_autoptr (VtReport) report = NULL;

  apply_quietly (guest, "sysctl/vm.dirty_bytes=5000");
  fake_world_set (guest->world, FAKE_DIRTY_BYTES, "6000");
  report = rollback (guest);
  fake_guest_check (guest, FAKE_DIRTY_BYTES, "6000");
  fake_guest_check (guest, FAKE_DIRTY_RATIO, "0");
  check_row (report, FAKE_DIRTY_BYTES, VT_RESULT_CHANGED_BY_OTHERS);
  check_row (report, FAKE_DIRTY_RATIO, VT_RESULT_CHANGED_BY_OTHERS);
}

static void
test_disturbed (FakeGuest *guest, gconstpointer data)
{
  apply_quietly (guest, "net/eth0/combined=2");
  fake_guest_check (guest, FAKE_ETH0_XPS, "kernel-2");
  rollback_quietly (guest);
  fake_guest_check_original (guest);

  /* After a change of channels, XPS is set again, although the request does not name it. */
  fake_world_set (guest->world, FAKE_ETH0_XPS, "mine");
  apply_quietly (guest, "net/eth0/xps=auto");
  fake_guest_check (guest, FAKE_ETH0_XPS, "masks-4");
  apply_quietly (guest, "net/eth0/combined=3");
  fake_guest_check (guest, FAKE_ETH0_XPS, "masks-3");
  apply_quietly (guest, "net/eth0/xps=");
  rollback_quietly (guest);
  fake_guest_check (guest, FAKE_ETH0_COMBINED, "4");
  fake_guest_check (guest, FAKE_ETH0_XPS, "mine");
}

static void
test_changed_by_others (FakeGuest *guest, gconstpointer data)
{
  g_autoptr (VtReport) report = NULL;
  const VtRow *row;

  apply_quietly (guest, "sysctl/vm.swappiness=10 block/vda/read_ahead_kb=512");
  fake_world_set (guest->world, FAKE_SWAPPINESS, "77");
  g_assert_cmpuint (count_drift (guest), ==, 1);
  report = rollback (guest);
  fake_guest_check (guest, FAKE_SWAPPINESS, "77");
  fake_guest_check (guest, FAKE_VDA_READ_AHEAD, "128");
  row = find_row (report, fake_keys[FAKE_SWAPPINESS]);
  g_assert_cmpint (row->result, ==, VT_RESULT_CHANGED_BY_OTHERS);
  g_assert_nonnull (strstr (row->reason, "77"));
  g_assert_nonnull (strstr (row->reason, "10"));
}

static void
test_profile (FakeGuest *guest, gconstpointer data)
{
  fake_world_write_profile (guest->world, "parent",
                            "[sysctl]\nvm.swappiness=10\nvm.dirty_ratio=40\n"
                            "kernel.sched_absent=5\n[disk]\nreadahead=4096\n");
  fake_world_write_profile (guest->world, "child",
                            "[main]\ninclude=parent\n[sysctl]\nvm.swappiness=30\n");
  fake_world_write_profile (guest->world, "other", "[sysctl]\nvm.dirty_bytes=5000\n");

  apply_profile (guest, "child", NULL);
  fake_guest_check (guest, FAKE_SWAPPINESS, "30");
  fake_guest_check (guest, FAKE_DIRTY_RATIO, "40");
  fake_guest_check (guest, FAKE_VDB_READ_AHEAD, "4096");

  /* Settings override the profile; when they are removed, the profile's values return. */
  apply_quietly (guest, "sysctl/vm.swappiness=1 sysctl/vm.dirty_bytes=9000");
  fake_guest_check (guest, FAKE_SWAPPINESS, "1");
  fake_guest_check (guest, FAKE_DIRTY_RATIO, "0");
  g_assert_cmpuint (count_drift (guest), ==, 0);
  apply_quietly (guest, "sysctl/vm.swappiness= sysctl/vm.dirty_bytes=");
  fake_guest_check (guest, FAKE_SWAPPINESS, "30");
  fake_guest_check (guest, FAKE_DIRTY_RATIO, "40");

  /* Another profile undoes the first one's values. */
  apply_quietly (guest, "block/vda/scheduler=none");
  apply_profile (guest, "other", NULL);
  fake_guest_check (guest, FAKE_SWAPPINESS, "60");
  fake_guest_check (guest, FAKE_VDA_SCHEDULER, "mq-deadline");
  fake_guest_check (guest, FAKE_VDB_READ_AHEAD, "128");
  fake_guest_check (guest, FAKE_DIRTY_BYTES, "5000");
  rollback_quietly (guest);
  fake_guest_check_original (guest);
}

static void
test_no_such_profile (FakeGuest *guest, gconstpointer data)
{
  g_autoptr (VtReport) report = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_false (
      try_apply (guest, (VtApplyRequest){ .profile = "nowhere" }, NULL, &report, &error));
  g_assert_error (error, VT_ERROR, VT_ERROR_INVALID_ARGUMENT);
  fake_guest_check_original (guest);
}

static void
test_reboot (FakeGuest *guest, gconstpointer data)
{
  g_autoptr (VtReport) report = NULL;

  apply_quietly (guest, "sysctl/vm.swappiness=10");
  g_assert_true (try_apply (guest, (VtApplyRequest){ .transient = TRUE },
                            "block/vda/read_ahead_kb=512", &report, NULL));
  fake_guest_check (guest, FAKE_VDA_READ_AHEAD, "512");

  fake_guest_restart (guest);
  fake_guest_check (guest, FAKE_VDA_READ_AHEAD, "512");

  fake_world_reboot (guest->world);
  fake_guest_restart (guest);
  fake_guest_check (guest, FAKE_SWAPPINESS, "10");
  fake_guest_check (guest, FAKE_VDA_READ_AHEAD, "128");

  rollback_quietly (guest);
  fake_world_reboot (guest->world);
  fake_guest_restart (guest);
  fake_guest_check_original (guest);
}

static void
test_restart_keeps_originals (FakeGuest *guest, gconstpointer data)
{
  apply_quietly (guest, "sysctl/vm.swappiness=10 sysctl/vm.dirty_bytes=5000 net/eth0/combined=2");
  fake_guest_restart (guest);
  apply_quietly (guest, "sysctl/vm.swappiness=20");
  fake_guest_restart (guest);
  rollback_quietly (guest);
  fake_guest_check_original (guest);
}

static void
test_hot_plug (FakeGuest *guest, gconstpointer data)
{
  g_autoptr (VtReport) allowed = NULL;
  g_autoptr (VtReport) came = NULL;
  g_autoptr (VtReport) back = NULL;

  fake_world_unplug (guest->world, FAKE_VDB);
  vt_engine_forget (guest->engine, "block", "vdb");
  g_assert_true (try_apply (guest, (VtApplyRequest){ .allow_absent = TRUE },
                            "block/vdb/read_ahead_kb=64 block/*/scheduler=kyber", &allowed, NULL));
  check_row (allowed, FAKE_VDB_READ_AHEAD, VT_RESULT_PENDING);

  fake_world_plug (guest->world, FAKE_VDB);
  came = converge (guest, "block", "vdb");
  fake_guest_check (guest, FAKE_VDB_READ_AHEAD, "64");
  fake_guest_check (guest, FAKE_VDB_SCHEDULER, "kyber");
  check_row (came, FAKE_VDB_SCHEDULER, VT_RESULT_APPLIED);

  /* Another disk with the same name has its own originals, so it gets none of the first one. */
  fake_world_unplug (guest->world, FAKE_VDB);
  fake_world_plug (guest->world, FAKE_VDB);
  back = rollback (guest);
  check_row (back, FAKE_VDB_SCHEDULER, VT_RESULT_GONE);
  fake_guest_check_original (guest);
}

static void
test_drift_is_reapplied_once (FakeGuest *guest, gconstpointer data)
{
  g_autoptr (VtReport) first = NULL;
  g_autoptr (VtReport) second = NULL;
  g_autoptr (VtReport) third = NULL;
  g_autoptr (VtReport) fourth = NULL;

  apply_quietly (guest, "block/vda/read_ahead_kb=512");
  first = converge (guest, "block", "vda");
  fake_world_set (guest->world, FAKE_VDA_READ_AHEAD, "128");
  second = converge (guest, "block", "vda");
  fake_guest_check (guest, FAKE_VDA_READ_AHEAD, "512");
  fake_world_set (guest->world, FAKE_VDA_READ_AHEAD, "128");
  third = converge (guest, "block", "vda");
  fake_guest_check (guest, FAKE_VDA_READ_AHEAD, "128");
  check_row (third, FAKE_VDA_READ_AHEAD, VT_RESULT_DRIFT);

  /* The check of all devices after lost events does not re-apply it either. */
  fourth = converge (guest, "block", NULL);
  fake_guest_check (guest, FAKE_VDA_READ_AHEAD, "128");
  check_row (fourth, FAKE_VDA_READ_AHEAD, VT_RESULT_DRIFT);
}

/* The agent writes to a new disk before udev's rules do. The rules' values are the disk's
 * originals. */
static void
test_original_is_set_by_udev_rules (FakeGuest *guest, gconstpointer data)
{
  g_autoptr (VtReport) came = NULL;
  g_autoptr (VtReport) ruled = NULL;
  g_autoptr (VtReport) later = NULL;

  apply_quietly (guest, "block/*/read_ahead_kb=512");
  fake_world_unplug (guest->world, FAKE_VDB);
  vt_engine_forget (guest->engine, "block", "vdb");
  fake_world_plug (guest->world, FAKE_VDB);
  came = converge_early (guest, "block", "vdb", TRUE);
  check_row (came, FAKE_VDB_READ_AHEAD, VT_RESULT_APPLIED);
  fake_world_set (guest->world, FAKE_VDB_READ_AHEAD, "64");
  ruled = converge (guest, "block", "vdb");
  fake_guest_check (guest, FAKE_VDB_READ_AHEAD, "512");
  rollback_quietly (guest);
  fake_guest_check (guest, FAKE_VDB_READ_AHEAD, "64");

  /* A value that others write after a host's change is drift, and not an original. */
  apply_quietly (guest, "block/*/read_ahead_kb=512");
  fake_world_set (guest->world, FAKE_VDB_READ_AHEAD, "32");
  later = converge (guest, "block", "vdb");
  fake_guest_check (guest, FAKE_VDB_READ_AHEAD, "512");
  rollback_quietly (guest);
  fake_guest_check (guest, FAKE_VDB_READ_AHEAD, "64");
}

/* If udev's rules did not change the disk, values that others write later are no originals. */
static void
test_original_is_not_set_by_udev_rules (FakeGuest *guest, gconstpointer data)
{
  g_autoptr (VtReport) came = NULL;
  g_autoptr (VtReport) ruled = NULL;
  g_autoptr (VtReport) later = NULL;

  apply_quietly (guest, "block/*/read_ahead_kb=512");
  fake_world_unplug (guest->world, FAKE_VDB);
  vt_engine_forget (guest->engine, "block", "vdb");
  fake_world_plug (guest->world, FAKE_VDB);
  came = converge_early (guest, "block", "vdb", TRUE);
  ruled = converge (guest, "block", "vdb");
  fake_world_set (guest->world, FAKE_VDB_READ_AHEAD, "64");
  later = converge (guest, "block", "vdb");
  fake_guest_check (guest, FAKE_VDB_READ_AHEAD, "512");
  rollback_quietly (guest);
  fake_guest_check_original (guest);
}

static void
test_cpus_are_added (FakeGuest *guest, gconstpointer data)
{
  g_autoptr (VtReport) report = NULL;

  apply_quietly (guest, "net/*/combined=auto net/*/xps=auto sysctl/vm.swappiness=10");
  fake_guest_check (guest, FAKE_ETH0_COMBINED, "2");
  fake_world_set (guest->world, FAKE_SWAPPINESS, "50");
  guest->world->state->online_cpus = 3;
  report = converge (guest, NULL, NULL);
  fake_guest_check (guest, FAKE_ETH0_COMBINED, "3");
  fake_guest_check (guest, FAKE_ETH0_XPS, "masks-3");
  fake_guest_check (guest, FAKE_SWAPPINESS, "50");
  fake_world_set (guest->world, FAKE_SWAPPINESS, "10");
  rollback_quietly (guest);
  fake_guest_check_original (guest);
}

/* Of the attributes whose value nobody named. */
static guint
count_left_alone (const VtReport *report)
{
  static const FakeIndex unnamed[] = { FAKE_ETH0_XPS, FAKE_VDA_READ_AHEAD, FAKE_VDB_READ_AHEAD };
  guint count = 0;

  for (guint i = 0; i < G_N_ELEMENTS (unnamed); i++)
    count += find_row (report, fake_keys[unnamed[i]])->result == VT_RESULT_LEFT_ALONE;

  return count;
}

static void
test_each_write_fails (FakeGuest *guest, gconstpointer data)
{
  static const char *const wanted
      = "block/*/read_ahead_kb=512 block/vda/scheduler=none net/eth0/combined=2 net/eth0/xps=auto "
        "sysctl/vm.dirty_bytes=5000 sysctl/vm.swappiness=10 "
        "memory/auto_online_blocks=online_movable";
  static const int errors[] = { EINVAL, EBUSY, EIO, ENOSPC, ENODEV };
  guint failed = 0;
  guint refused = 0;

  for (guint e = 0; e < G_N_ELEMENTS (errors); e++)
    {
      for (guint n = 1;; n++)
        {
          g_autoptr (VtReport) report = NULL;
          g_autoptr (GError) error = NULL;

          guest->world->state->writes = 0;
          guest->world->state->fail_at = n;
          guest->world->state->fail_errno = errors[e];
          if (try_apply (guest, (VtApplyRequest){ NULL }, wanted, &report, &error))
            {
              if (guest->world->state->writes < n)
                break;

              /* Nobody named the value for the device, so it keeps the one that it has. */
              g_assert_cmpuint (count_left_alone (report), ==, 1);
              rollback_quietly (guest);
              fake_guest_check_original (guest);
              refused++;
              continue;
            }

          failed++;
          g_assert_error (error, VT_ERROR, VT_ERROR_APPLY_FAILED);
          g_assert_nonnull (strstr (error->message, g_strerror (errors[e])));
          fake_guest_check_original (guest);
          fake_guest_restart (guest);
          fake_guest_check_original (guest);
        }

      guest->world->state->fail_at = 0;
      rollback_quietly (guest);
      fake_guest_check_original (guest);
    }

  g_assert_cmpuint (failed, ==, 5 * G_N_ELEMENTS (errors));
  g_assert_cmpuint (refused, ==, 3 * G_N_ELEMENTS (errors));
}

static void
test_failing_roll_back_is_tried_again (FakeGuest *guest, gconstpointer data)
{
  g_autoptr (VtReport) report = NULL;

  apply_quietly (guest, "sysctl/vm.swappiness=10 block/vda/read_ahead_kb=512");
  guest->world->state->writes = 0;
  guest->world->state->fail_at = 1;
  guest->world->state->fail_errno = EIO;
  report = rollback (guest);
  check_row (report, FAKE_VDA_READ_AHEAD, VT_RESULT_FAILED);
  check_row (report, FAKE_SWAPPINESS, VT_RESULT_RESTORED);
  guest->world->state->fail_at = 0;
  rollback_quietly (guest);
  fake_guest_check_original (guest);
}

static void
check_failure (FakeGuest *guest, const char *assignments, const char *text)
{
  g_autoptr (VtReport) report = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_false (try_apply (guest, (VtApplyRequest){ NULL }, assignments, &report, &error));
  g_assert_error (error, VT_ERROR, VT_ERROR_STATE);
  g_assert_nonnull (strstr (error->message, text));
}

static void
test_state_unwritable (FakeGuest *guest, gconstpointer data)
{
  g_autofree char *aside = g_strconcat (guest->world->state_dir, ".aside", NULL);

  g_assert_cmpint (g_rename (guest->world->state_dir, aside), ==, 0);
  check_refusal (guest, "sysctl/vm.swappiness=10", VT_ERROR_STATE, "state.log");
  check_refusal (guest, "sysctl/vm.swappiness=60", VT_ERROR_STATE, "state.log");
  fake_guest_check_original (guest);
  g_assert_cmpint (g_rename (aside, guest->world->state_dir), ==, 0);
  apply_quietly (guest, "sysctl/vm.swappiness=10");
  fake_guest_check (guest, FAKE_SWAPPINESS, "10");
}

/*
 * After an apply that failed because of its record, the next start does not find the new settings,
 * although the record was written. Both ways to write it fail: the sync of the appended record, and
 * then the sync of the folder with the new file.
 */
static void
test_failed_sync (FakeGuest *guest, gconstpointer data)
{
  for (guint i = 0; i < 2; i++)
    {
      fake_disk_fail_syncs (2, 3);
      check_failure (guest, "sysctl/vm.swappiness=10", "state.log");
      fake_disk_fail_syncs (0, 0);
      fake_guest_restart (guest);
      fake_guest_check (guest, FAKE_SWAPPINESS, i == 0 ? "60" : "20");
      apply_quietly (guest, "sysctl/vm.swappiness=20");
    }

  apply_quietly (guest, "sysctl/vm.swappiness=10");
  fake_guest_restart (guest);
  fake_guest_check (guest, FAKE_SWAPPINESS, "10");
  rollback_quietly (guest);
  fake_guest_check_original (guest);
}

/* If a record cannot be appended, the whole file is written again. */
static void
test_log_removed_by_others (FakeGuest *guest, gconstpointer data)
{
  g_autofree char *path = g_build_filename (guest->world->state_dir, VT_STATE_LOG_FILE, NULL);

  apply_quietly (guest, "sysctl/vm.swappiness=10");
  g_assert_cmpint (g_remove (path), ==, 0);
  apply_quietly (guest, "block/vda/read_ahead_kb=512");
  fake_guest_restart (guest);
  fake_guest_check (guest, FAKE_SWAPPINESS, "10");
  rollback_quietly (guest);
  fake_guest_check_original (guest);
}

static void
test_only_one_agent (FakeGuest *guest, gconstpointer data)
{
  g_autoptr (VtEngine) second = fake_world_engine (guest->world);
  g_autoptr (VtReport) report = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_false (vt_engine_start (second, &report, &error));
  g_assert_error (error, VT_ERROR, VT_ERROR_STATE);
  g_assert_nonnull (strstr (error->message, "another agent"));

  g_clear_pointer (&guest->engine, vt_engine_free);
  g_assert_true (vt_engine_start (second, &report, NULL));
  g_clear_pointer (&second, vt_engine_free);
  fake_guest_start (guest);
}

static void
test_state_is_private (FakeGuest *guest, gconstpointer data)
{
  g_autofree char *path = g_build_filename (guest->world->state_dir, VT_STATE_LOG_FILE, NULL);
  struct stat info;

  apply_quietly (guest, "sysctl/vm.swappiness=10");
  g_assert_cmpint (stat (path, &info), ==, 0);
  g_assert_cmpuint (info.st_mode & 07777, ==, 0600);
  g_assert_cmpint (stat (guest->world->state_dir, &info), ==, 0);
  g_assert_cmpuint (info.st_mode & 07777, ==, 0700);
}

static void
test_wanted (FakeGuest *guest, gconstpointer data)
{
  g_autofree char *base = vt_engine_get_wanted (guest->engine, "memory/auto_online_blocks");
  g_autofree char *set = NULL;
  g_autofree char *none = vt_engine_get_wanted (guest->engine, "sysctl/vm.swappiness");

  g_assert_cmpstr (base, ==, "online");
  g_assert_null (none);
  apply_quietly (guest, "memory/auto_online_blocks=online_movable");
  set = vt_engine_get_wanted (guest->engine, "memory/auto_online_blocks");
  g_assert_cmpstr (set, ==, "online_movable");
  rollback_quietly (guest);
  fake_guest_check (guest, FAKE_AUTO_ONLINE, "online");
}

#define STORY(name, func)                                                                          \
  g_test_add ("/engine/" name, FakeGuest, NULL, fake_guest_set_up, func, fake_guest_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  STORY ("apply-and-roll-back", test_apply_and_roll_back);
  STORY ("idempotent", test_idempotent);
  STORY ("dry-run", test_dry_run);
  STORY ("faults-change-nothing", test_faults_change_nothing);
  STORY ("force", test_force);
  STORY ("hints", test_hints);
  STORY ("selectors", test_selectors);
  STORY ("null-restores-original", test_null_restores_original);
  STORY ("pair", test_pair);
  STORY ("pair-of-bytes", test_pair_of_bytes);
  STORY ("pair-of-zero", test_pair_of_zero);
  STORY ("pair-changed-by-others", test_pair_changed_by_others);
  STORY ("disturbed", test_disturbed);
  STORY ("changed-by-others", test_changed_by_others);
  STORY ("profile", test_profile);
  STORY ("no-such-profile", test_no_such_profile);
  STORY ("reboot", test_reboot);
  STORY ("restart-keeps-originals", test_restart_keeps_originals);
  STORY ("hot-plug", test_hot_plug);
  STORY ("drift-is-reapplied-once", test_drift_is_reapplied_once);
  STORY ("original-is-set-by-udev-rules", test_original_is_set_by_udev_rules);
  STORY ("original-is-not-set-by-udev-rules", test_original_is_not_set_by_udev_rules);
  STORY ("cpus-are-added", test_cpus_are_added);
  STORY ("each-write-fails", test_each_write_fails);
  STORY ("failing-roll-back-is-tried-again", test_failing_roll_back_is_tried_again);
  STORY ("state-unwritable", test_state_unwritable);
  STORY ("failed-sync", test_failed_sync);
  STORY ("log-removed-by-others", test_log_removed_by_others);
  STORY ("state-is-private", test_state_is_private);
  STORY ("only-one-agent", test_only_one_agent);
  STORY ("wanted", test_wanted);
  return g_test_run ();
}
