/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Devices that refuse a value: it fails the apply if the host named it for the device, else it is
 * left alone; and the rows that an apply answers with when it fails. */

#include "config.h"

#include <errno.h>

#include "agent/engine/engine.h"
#include "fake-guest.h"
#include "protocol/error.h"

static gboolean
try_apply (FakeGuest *guest, const char *assignments, VtReport **ret, GError **error)
{
  g_autoptr (VtSettings) settings = fake_settings (assignments);
  const VtApplyRequest request = { .settings = settings };

  return vt_engine_apply (guest->engine, &request, ret, error);
}

static VtReport *
apply (FakeGuest *guest, const char *assignments)
{
  VtReport *report = NULL;
  GError *error = NULL;

  g_assert_true (try_apply (guest, assignments, &report, &error));
  g_assert_no_error (error);

  return report;
}

static VtReport *
verify (FakeGuest *guest)
{
  VtReport *report = NULL;
  GError *error = NULL;

  g_assert_true (vt_engine_verify (guest->engine, &report, &error));
  g_assert_no_error (error);

  return report;
}

static void
converge (FakeGuest *guest, const char *section, const char *device)
{
  g_autoptr (VtReport) report = NULL;

  g_assert_true (vt_engine_converge (guest->engine, section, device, FALSE, &report, NULL));
}

static void
roll_back (FakeGuest *guest)
{
  g_autoptr (VtReport) report = NULL;

  g_assert_true (vt_engine_rollback (guest->engine, &report, NULL));
  fake_guest_check_original (guest);
}

static void
check_row (const VtReport *report, FakeIndex index, VtResult result, const char *reason)
{
  for (guint i = 0; i < report->rows->len; i++)
    {
      const VtRow *row = g_ptr_array_index (report->rows, i);

      if (!g_str_equal (row->key, fake_keys[index]))
        continue;

      g_assert_cmpstr (vt_result_word (row->result), ==, vt_result_word (result));
      if (reason != NULL)
        g_assert_nonnull (strstr (row->reason, reason));
      return;
    }

  g_error ("no row of %s", fake_keys[index]);
}

static void
refuse (FakeGuest *guest, FakeIndex index, gboolean refuses)
{
  guest->world->state->refuses[index] = refuses;
}

/* The other values are applied; verify finds no drift; the engine tries again at the device's next
 * event. */
static void
test_automatic (FakeGuest *guest, gconstpointer data)
{
  g_autoptr (VtReport) applied = NULL;
  g_autoptr (VtReport) verified = NULL;
  g_autoptr (VtReport) again = NULL;

  refuse (guest, FAKE_VDA_SCHEDULER, TRUE);
  applied = apply (guest, "block/vda/scheduler=auto sysctl/vm.swappiness=10");
  check_row (applied, FAKE_VDA_SCHEDULER, VT_RESULT_LEFT_ALONE, g_strerror (EBUSY));
  check_row (applied, FAKE_SWAPPINESS, VT_RESULT_APPLIED, NULL);
  fake_guest_check (guest, FAKE_VDA_SCHEDULER, "mq-deadline");
  fake_guest_check (guest, FAKE_SWAPPINESS, "10");

  verified = verify (guest);
  check_row (verified, FAKE_VDA_SCHEDULER, VT_RESULT_LEFT_ALONE, g_strerror (EBUSY));
  refuse (guest, FAKE_VDA_SCHEDULER, FALSE);
  converge (guest, "block", "vda");
  fake_guest_check (guest, FAKE_VDA_SCHEDULER, "none");
  again = verify (guest);
  check_row (again, FAKE_VDA_SCHEDULER, VT_RESULT_OK, NULL);
  roll_back (guest);
}

/* After another request, a value that was left alone is still no drift. */
static void
test_another_request (FakeGuest *guest, gconstpointer data)
{
  g_autoptr (VtReport) first = NULL;
  g_autoptr (VtReport) second = NULL;
  g_autoptr (VtReport) verified = NULL;

  refuse (guest, FAKE_VDA_SCHEDULER, TRUE);
  first = apply (guest, "block/vda/scheduler=auto");
  second = apply (guest, "sysctl/vm.swappiness=10");
  verified = verify (guest);
  check_row (verified, FAKE_VDA_SCHEDULER, VT_RESULT_LEFT_ALONE, NULL);
  roll_back (guest);
}

/* Values that depend on the refused one are planned again, for the value that the device keeps. */
static void
test_dependants (FakeGuest *guest, gconstpointer data)
{
  g_autoptr (VtReport) applied = NULL;
  g_autoptr (VtReport) verified = NULL;

  refuse (guest, FAKE_ETH0_COMBINED, TRUE);
  applied = apply (guest, "net/eth0/combined=auto net/eth0/xps=auto");
  check_row (applied, FAKE_ETH0_COMBINED, VT_RESULT_LEFT_ALONE, g_strerror (EBUSY));
  check_row (applied, FAKE_ETH0_XPS, VT_RESULT_APPLIED, NULL);
  fake_guest_check (guest, FAKE_ETH0_COMBINED, "4");
  fake_guest_check (guest, FAKE_ETH0_XPS, "masks-4");
  verified = verify (guest);
  check_row (verified, FAKE_ETH0_COMBINED, VT_RESULT_LEFT_ALONE, NULL);
  check_row (verified, FAKE_ETH0_XPS, VT_RESULT_OK, NULL);
  roll_back (guest);
}

/* Both values are refused: the apply ends, and the card is unchanged. */
static void
test_all_refused (FakeGuest *guest, gconstpointer data)
{
  g_autoptr (VtReport) applied = NULL;

  refuse (guest, FAKE_ETH0_COMBINED, TRUE);
  refuse (guest, FAKE_ETH0_XPS, TRUE);
  applied = apply (guest, "net/eth0/combined=auto net/eth0/xps=auto sysctl/vm.swappiness=10");
  check_row (applied, FAKE_ETH0_COMBINED, VT_RESULT_LEFT_ALONE, NULL);
  check_row (applied, FAKE_ETH0_XPS, VT_RESULT_LEFT_ALONE, NULL);
  check_row (applied, FAKE_SWAPPINESS, VT_RESULT_APPLIED, NULL);
  fake_guest_check (guest, FAKE_ETH0_COMBINED, "4");
  fake_guest_check (guest, FAKE_ETH0_XPS, "kernel-4");
  roll_back (guest);
}

/* A start of the agent tries refused values again. */
static void
test_start (FakeGuest *guest, gconstpointer data)
{
  g_autoptr (VtReport) applied = NULL;

  refuse (guest, FAKE_ETH0_COMBINED, TRUE);
  applied = apply (guest, "net/eth0/combined=auto net/eth0/xps=auto");
  fake_guest_restart (guest);
  fake_guest_check (guest, FAKE_ETH0_COMBINED, "4");
  fake_guest_check (guest, FAKE_ETH0_XPS, "masks-4");
  refuse (guest, FAKE_ETH0_COMBINED, FALSE);
  fake_guest_restart (guest);
  fake_guest_check (guest, FAKE_ETH0_COMBINED, "2");
  fake_guest_check (guest, FAKE_ETH0_XPS, "masks-2");
  roll_back (guest);
}

/* The request named the value: the apply fails as a whole, and each attribute has a row with its
 * result. */
static void
test_named (FakeGuest *guest, gconstpointer data)
{
  g_autoptr (VtReport) report = NULL;
  g_autoptr (GError) error = NULL;

  refuse (guest, FAKE_DIRTY_BYTES, TRUE);
  g_assert_false (try_apply (guest,
                             "block/vda/read_ahead_kb=512 block/vdb/read_ahead_kb=128 "
                             "sysctl/vm.dirty_bytes=5000 sysctl/vm.swappiness=10",
                             &report, &error));
  g_assert_error (error, VT_ERROR, VT_ERROR_APPLY_FAILED);
  g_assert_nonnull (report);
  check_row (report, FAKE_DIRTY_BYTES, VT_RESULT_FAILED, g_strerror (EBUSY));
  check_row (report, FAKE_VDA_READ_AHEAD, VT_RESULT_RESTORED, NULL);
  check_row (report, FAKE_VDB_READ_AHEAD, VT_RESULT_UNCHANGED, NULL);
  check_row (report, FAKE_SWAPPINESS, VT_RESULT_PLANNED, NULL);
  fake_guest_check_original (guest);
}

/* A pattern applies to the devices that accept the value. A device that refuses the write is left
 * alone. */
static void
test_pattern (FakeGuest *guest, gconstpointer data)
{
  g_autoptr (VtReport) applied = NULL;
  g_autoptr (VtReport) verified = NULL;

  refuse (guest, FAKE_VDB_READ_AHEAD, TRUE);
  applied = apply (guest, "block/*/read_ahead_kb=512 sysctl/vm.swappiness=10");
  check_row (applied, FAKE_VDA_READ_AHEAD, VT_RESULT_APPLIED, NULL);
  check_row (applied, FAKE_VDB_READ_AHEAD, VT_RESULT_LEFT_ALONE, g_strerror (EBUSY));
  fake_guest_check (guest, FAKE_VDB_READ_AHEAD, "128");
  verified = verify (guest);
  check_row (verified, FAKE_VDA_READ_AHEAD, VT_RESULT_OK, NULL);
  check_row (verified, FAKE_VDB_READ_AHEAD, VT_RESULT_LEFT_ALONE, g_strerror (EBUSY));

  refuse (guest, FAKE_VDB_READ_AHEAD, FALSE);
  converge (guest, "block", "vdb");
  fake_guest_check (guest, FAKE_VDB_READ_AHEAD, "512");
  roll_back (guest);
}

/* If every device refuses the write, the apply fails, and nothing changes. */
static void
test_pattern_refused_by_all (FakeGuest *guest, gconstpointer data)
{
  g_autoptr (VtReport) report = NULL;
  g_autoptr (GError) error = NULL;

  refuse (guest, FAKE_VDA_READ_AHEAD, TRUE);
  refuse (guest, FAKE_VDB_READ_AHEAD, TRUE);
  g_assert_false (
      try_apply (guest, "block/*/read_ahead_kb=512 sysctl/vm.swappiness=10", &report, &error));
  g_assert_error (error, VT_ERROR, VT_ERROR_APPLY_FAILED);
  g_assert_nonnull (strstr (error->message, g_strerror (EBUSY)));
  fake_guest_check_original (guest);
}

/* XPS is planned again, for the number of channels that the device keeps. */
static void
test_pattern_of_channels (FakeGuest *guest, gconstpointer data)
{
  g_autoptr (VtReport) report = NULL;
  g_autoptr (GError) error = NULL;

  refuse (guest, FAKE_ETH0_COMBINED, TRUE);
  g_assert_false (try_apply (guest, "net/*/combined=2 net/*/xps=auto", &report, &error));
  g_assert_error (error, VT_ERROR, VT_ERROR_APPLY_FAILED);
  fake_guest_check_original (guest);
}

static void
apply_profile (FakeGuest *guest, const char *text)
{
  const VtApplyRequest request = { .profile = "some" };
  g_autoptr (VtReport) report = NULL;
  GError *error = NULL;

  fake_world_write_profile (guest->world, "some", text);
  g_assert_true (vt_engine_apply (guest->engine, &request, &report, &error));
  g_assert_no_error (error);
}

/* If the kernel refuses a value of a profile, the attribute is left alone: at apply, at boot and in
 * verify. */
static void
test_profile (FakeGuest *guest, gconstpointer data)
{
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (VtReport) verified = NULL;

      refuse (guest, FAKE_DIRTY_BYTES, TRUE);
      refuse (guest, FAKE_ETH0_COMBINED, TRUE);
      if (i == 0)
        apply_profile (guest, "[sysctl]\nvm.dirty_bytes=5000\nvm.swappiness=10\n"
                              "[net]\nchannels=combined 2\n");
      else
        fake_guest_restart (guest);
      fake_guest_check (guest, FAKE_DIRTY_BYTES, "0");
      fake_guest_check (guest, FAKE_DIRTY_RATIO, "20");
      fake_guest_check (guest, FAKE_ETH0_COMBINED, "4");
      fake_guest_check (guest, FAKE_SWAPPINESS, "10");
      verified = verify (guest);
      check_row (verified, FAKE_DIRTY_BYTES, VT_RESULT_LEFT_ALONE, g_strerror (EBUSY));
      check_row (verified, FAKE_ETH0_COMBINED, VT_RESULT_LEFT_ALONE, g_strerror (EBUSY));
      check_row (verified, FAKE_SWAPPINESS, VT_RESULT_OK, NULL);
    }

  roll_back (guest);
}

/* Invalid values in the request: nothing is written, and the rows of valid values say "planned". */
static void
test_wrong_value (FakeGuest *guest, gconstpointer data)
{
  g_autoptr (VtReport) report = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_false (
      try_apply (guest, "block/vda/scheduler=wrong sysctl/vm.swappiness=10", &report, &error));
  g_assert_nonnull (report);
  check_row (report, FAKE_VDA_SCHEDULER, VT_RESULT_FAILED, "wrong");
  check_row (report, FAKE_SWAPPINESS, VT_RESULT_PLANNED, NULL);
  fake_guest_check_original (guest);
}

#define STORY(name, func)                                                                          \
  g_test_add ("/refusals/" name, FakeGuest, NULL, fake_guest_set_up, func, fake_guest_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  STORY ("automatic", test_automatic);
  STORY ("another-request", test_another_request);
  STORY ("dependants", test_dependants);
  STORY ("all-refused", test_all_refused);
  STORY ("start", test_start);
  STORY ("named", test_named);
  STORY ("pattern", test_pattern);
  STORY ("pattern/refused-by-all", test_pattern_refused_by_all);
  STORY ("pattern/channels", test_pattern_of_channels);
  STORY ("profile", test_profile);
  STORY ("wrong-value", test_wrong_value);
  return g_test_run ();
}
