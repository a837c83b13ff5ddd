/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib/gstdio.h>
#include <string.h>

#include "agent/engine/engine.h"
#include "tests/unit/ask.h"

/* The engine applies profiles and settings to a machine of tests/fixtures: the result of each. */

typedef struct
{
  Fixture *fixture;
  char *state;
  VtProfileStore *profiles;
  VtEngine *engine;
} Guest;

/* Copies our own profiles into the guest. Tests may add others. */
static void
copy_profiles (const Fixture *fixture)
{
  static const char *const names[]
      = { "throughput-performance", "virtual-guest", "virtual-guest-auto" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *from = g_build_filename (g_getenv ("VT_SOURCE_ROOT"), "agent/profiles/data",
                                                names[i], "tuned.conf", NULL);
      g_autofree char *to = g_build_filename ("profiles", names[i], "tuned.conf", NULL);
      g_autofree char *text = NULL;

      g_assert_true (g_file_get_contents (from, &text, NULL, NULL));
      fixture_write (fixture, to, text);
    }
}

static void
guest_set_up (Guest *guest, gconstpointer machine)
{
  static const char *const folders[] = { "/profiles", NULL };
  g_autoptr (VtSettings) base = vt_settings_new ();
  g_autoptr (VtReport) report = NULL;
  GError *error = NULL;
  VtEngineOptions options = { .tunables = vt_tunables, .base = base };

  guest->fixture = fixture_new (machine);
  copy_profiles (guest->fixture);
  guest->state = g_build_filename (guest->fixture->root, "state", NULL);
  guest->profiles = vt_profile_store_new (guest->fixture->root, folders);
  vt_settings_set (base, vt_setting_parse ("memory/auto_online_blocks=online", NULL));
  options.system = &guest->fixture->system;
  options.profiles = guest->profiles;
  options.state_dir = guest->state;
  guest->engine = vt_engine_new (&options);
  g_assert_true (vt_engine_start (guest->engine, &report, &error));
  g_assert_no_error (error);
}

static void
guest_tear_down (Guest *guest, gconstpointer machine)
{
  vt_engine_free (guest->engine);
  vt_profile_store_free (guest->profiles);
  fixture_free (guest->fixture);
  g_free (guest->state);
}

static void
write_profile (const Guest *guest, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename ("profiles", name, "tuned.conf", NULL);

  fixture_write (guest->fixture, path, text);
}

/* @assignments: "KEY=VALUE KEY=VALUE"; NULL: none. */
static gboolean
try_apply (
    Guest *guest, const char *profile, const char *assignments, VtReport **ret, GError **error)
{
  g_autoptr (VtSettings) settings = vt_settings_new ();
  g_auto (GStrv) words = g_strsplit (assignments != NULL ? assignments : "", " ", -1);
  const VtApplyRequest request
      = { .profile = profile, .settings = assignments != NULL ? settings : NULL };

  for (guint i = 0; words[i] != NULL && *words[i] != '\0'; i++)
    vt_settings_set (settings, vt_setting_parse (words[i], NULL));

  return vt_engine_apply (guest->engine, &request, ret, error);
}

static VtReport *
apply (Guest *guest, const char *profile, const char *assignments)
{
  VtReport *report = NULL;
  GError *error = NULL;

  g_assert_true (try_apply (guest, profile, assignments, &report, &error));
  g_assert_no_error (error);

  return report;
}

static const VtRow *
find_row (const VtReport *report, const char *key)
{
  for (guint i = 0; i < report->rows->len; i++)
    {
      const VtRow *row = g_ptr_array_index (report->rows, i);

      if (g_str_equal (row->key, key))
        return row;
    }

  return NULL;
}

static void
check_row (const VtReport *report, const char *key, VtResult result, const char *text)
{
  const VtRow *row = find_row (report, key);

  if (row == NULL)
    g_error ("there is no row of %s", key);
  if (row->result != result || (text != NULL && strstr (row->reason, text) == NULL))
    g_error ("%s is %s: %s", key, vt_result_word (row->result), row->reason);
}

static void
check_verify (Guest *guest)
{
  g_autoptr (VtReport) report = NULL;

  g_assert_true (vt_engine_verify (guest->engine, &report, NULL));
  for (guint i = 0; i < report->rows->len; i++)
    {
      const VtRow *row = g_ptr_array_index (report->rows, i);

      if (row->result == VT_RESULT_DRIFT || row->result == VT_RESULT_FAILED)
        g_error ("%s is %s: %s", row->key, vt_result_word (row->result), row->reason);
    }
}

/* A profile or a pattern wants a value that a device cannot have. The row says so, at apply, in
 * verify and after a start, and the rest is applied. */
static void
check_misfit (Guest *guest, const VtReport *applied, const char *key, VtResult result)
{
  g_autoptr (VtReport) verified = NULL;
  g_autoptr (VtReport) started = NULL;

  check_row (applied, key, result, NULL);
  g_assert_true (vt_engine_verify (guest->engine, &verified, NULL));
  check_row (verified, key, result, NULL);
  check_verify (guest);
  g_assert_true (vt_engine_start (guest->engine, &started, NULL));
  check_row (started, key, result, NULL);
  check_verify (guest);
}

static void
check_value (const Guest *guest, const char *key, const char *value)
{
  g_autofree char *actual = ask_read (guest->fixture, key);

  g_assert_cmpstr (actual, ==, value);
}

static void
roll_back (Guest *guest)
{
  g_autoptr (VtReport) report = NULL;

  g_assert_true (vt_engine_rollback (guest->engine, &report, NULL));
}

/* A 0 for one member of a pair, with a value for the other, says that the other is in force. */
static void
test_zero_of_a_pair (Guest *guest, gconstpointer data)
{
  static const struct
  {
    const char *zero;
    const char *other;
    const char *value;
  } cases[] = {
    { "vm.dirty_background_ratio", "vm.dirty_background_bytes", "67108864" },
    { "vm.dirty_background_bytes", "vm.dirty_background_ratio", "5" },
    { "vm.dirty_ratio", "vm.dirty_bytes", "134217728" },
    { "vm.dirty_bytes", "vm.dirty_ratio", "40" },
    { "vm.overcommit_ratio", "vm.overcommit_kbytes", "524288" },
    { "vm.overcommit_kbytes", "vm.overcommit_ratio", "80" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = g_strdup_printf ("[sysctl]\n%s=%s\n%s=0\n", cases[i].other,
                                               cases[i].value, cases[i].zero);
      g_autofree char *zero = g_strconcat ("sysctl/", cases[i].zero, NULL);
      g_autofree char *other = g_strconcat ("sysctl/", cases[i].other, NULL);
      g_autofree char *both = g_strdup_printf ("%s=0 %s=%s", zero, other, cases[i].value);
      g_autoptr (VtReport) by_profile = NULL;
      g_autoptr (VtReport) by_settings = NULL;

      g_test_message ("%s=0 beside %s", zero, other);
      write_profile (guest, "pair", text);
      by_profile = apply (guest, "pair", NULL);
      check_row (by_profile, other, VT_RESULT_APPLIED, NULL);
      check_value (guest, other, cases[i].value);
      check_value (guest, zero, "0");
      check_verify (guest);
      roll_back (guest);

      by_settings = apply (guest, NULL, both);
      check_row (by_settings, other, VT_RESULT_APPLIED, NULL);
      check_value (guest, other, cases[i].value);
      check_verify (guest);
      roll_back (guest);
    }
}

/* The same if the 0 is in another layer. */
static void
test_zero_in_another_layer (Guest *guest, gconstpointer data)
{
  static const char *const layers[][3] = {
    { "vm.dirty_background_bytes=67108864", "sysctl/vm.dirty_background_ratio=0", "67108864" },
    { "vm.dirty_background_ratio=0", "sysctl/vm.dirty_background_bytes=67108864", "67108864" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (layers); i++)
    {
      g_autofree char *text = g_strdup_printf ("[sysctl]\n%s\n", layers[i][0]);
      g_autoptr (VtReport) report = NULL;

      write_profile (guest, "pair", text);
      report = apply (guest, "pair", layers[i][1]);
      check_row (report, "sysctl/vm.dirty_background_bytes", VT_RESULT_APPLIED, NULL);
      check_value (guest, "sysctl/vm.dirty_background_bytes", layers[i][2]);
      check_verify (guest);
      roll_back (guest);
    }
}

/* If both are 0, the ratio is in force and is 0. */
static void
test_both_zero (Guest *guest, gconstpointer data)
{
  g_autoptr (VtReport) report = NULL;

  write_profile (guest, "pair",
                 "[sysctl]\nvm.dirty_background_bytes=0\n"
                 "vm.dirty_background_ratio=0\n");
  report = apply (guest, "pair", NULL);
  check_row (report, "sysctl/vm.dirty_background_ratio", VT_RESULT_APPLIED, NULL);
  check_value (guest, "sysctl/vm.dirty_background_ratio", "0");
  check_value (guest, "sysctl/vm.dirty_background_bytes", "0");
  check_verify (guest);
}

/* A 0 for a member that can't be set to 0 does not keep the profile's other values from being
 * applied. */
static void
test_lone_zero (Guest *guest, gconstpointer data)
{
  g_autoptr (VtReport) report = NULL;
  g_autoptr (VtReport) refused = NULL;
  g_autoptr (GError) error = NULL;

  write_profile (guest, "lone", "[sysctl]\nvm.dirty_bytes=0\nvm.swappiness=7\n");
  report = apply (guest, "lone", NULL);
  check_row (report, "sysctl/vm.dirty_bytes", VT_RESULT_NOT_OFFERED, "vm.dirty_ratio=20");
  check_value (guest, "sysctl/vm.swappiness", "7");

  g_assert_false (try_apply (guest, NULL, "sysctl/vm.dirty_bytes=0", &refused, &error));
  g_assert_error (error, VT_ERROR, VT_ERROR_NOT_OFFERED);
}

/* A network card with an XDP program is left alone; the rest of the profile is applied. */
static void
test_profile_with_xdp (Guest *guest, gconstpointer data)
{
  g_autoptr (VtReport) report = NULL;

  fixture_write (guest->fixture, "ethtool/eth1/xdp", "driver");
  report = apply (guest, "virtual-guest-auto", NULL);
  check_row (report, "net/eth1/combined", VT_RESULT_LEFT_ALONE, "XDP program is attached to eth1");
  check_row (report, "net/eth1/xps", VT_RESULT_APPLIED, NULL);
  check_row (report, "sysctl/vm.swappiness", VT_RESULT_APPLIED, NULL);
  check_value (guest, "net/eth1/combined", "2");
  check_value (guest, "net/eth1/xps", "5 a");
  check_verify (guest);
}

static void
test_named_with_xdp (Guest *guest, gconstpointer data)
{
  g_autoptr (VtReport) report = NULL;
  g_autoptr (GError) error = NULL;

  fixture_write (guest->fixture, "ethtool/eth1/xdp", "driver");
  g_assert_false (
      try_apply (guest, NULL, "sysctl/vm.swappiness=5 net/eth1/combined=3", &report, &error));
  g_assert_error (error, VT_ERROR, VT_ERROR_APPLY_FAILED);
  g_assert_nonnull (strstr (error->message, "an XDP program is attached to eth1"));
  check_value (guest, "sysctl/vm.swappiness", "60");
  check_value (guest, "net/eth1/combined", "2");
}

/* Adds a disk of the device mapper. As on an md array, its only scheduler is "none". */
static void
add_volume (const Guest *guest)
{
  fixture_write (guest->fixture, "sys/block/dm-5/queue/scheduler", "none");
  fixture_write (guest->fixture, "sys/block/dm-5/queue/read_ahead_kb", "128");
}

/* A pattern applies to the devices that can have the value. */
static void
test_pattern_with_volume (Guest *guest, gconstpointer data)
{
  g_autoptr (VtReport) report = NULL;

  add_volume (guest);
  report = apply (guest, NULL, "block/*/scheduler=mq-deadline sysctl/vm.swappiness=5");
  check_value (guest, "block/vda/scheduler", "mq-deadline");
  check_value (guest, "sysctl/vm.swappiness", "5");
  check_row (report, "block/dm-5/scheduler", VT_RESULT_NOT_OFFERED, "allowed: none");
  check_misfit (guest, report, "block/dm-5/scheduler", VT_RESULT_NOT_OFFERED);
  roll_back (guest);
}

/* The same if the disk is plugged after the apply. */
static void
test_volume_comes_later (Guest *guest, gconstpointer data)
{
  g_autoptr (VtReport) report G_GNUC_UNUSED = apply (guest, NULL, "block/*/scheduler=mq-deadline");
  g_autoptr (VtReport) converged = NULL;
  g_autoptr (VtReport) other = NULL;

  add_volume (guest);
  g_assert_true (vt_engine_converge (guest->engine, "block", "dm-5", FALSE, &converged, NULL));
  check_row (converged, "block/dm-5/scheduler", VT_RESULT_NOT_OFFERED, NULL);
  check_verify (guest);
  other = apply (guest, NULL, "sysctl/vm.swappiness=5");
  check_verify (guest);
  roll_back (guest);
}

/* A value that no device of a pattern, or that a named device, cannot have is a mistake. */
static void
test_pattern_that_none_can (Guest *guest, gconstpointer data)
{
  static const struct
  {
    const char *setting;
    int code;
    const char *text;
  } cases[] = {
    { "block/*/scheduler=mq-deadlnie", VT_ERROR_NOT_OFFERED, "mq-deadlnie" },
    { "block/dm-[05]/scheduler=mq-deadline", VT_ERROR_NOT_OFFERED, "block/dm-5/scheduler" },
    { "block/dm-5/scheduler=mq-deadline", VT_ERROR_NOT_OFFERED, "allowed: none" },
    { "block/*/read_ahead_kb=many", VT_ERROR_INVALID_ARGUMENT, "many" },
    { "net/*/combined=99", VT_ERROR_INVALID_ARGUMENT, "'99' is out of range" },
  };

  add_volume (guest);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *both = g_strdup_printf ("%s sysctl/vm.swappiness=5", cases[i].setting);
      g_test_message ("%s", both);
      g_autoptr (VtReport) report = NULL;
      g_autoptr (GError) error = NULL;

      g_assert_false (try_apply (guest, NULL, both, &report, &error));
      g_assert_error (error, VT_ERROR, cases[i].code);
      if (strstr (error->message, cases[i].text) == NULL)
        g_error ("'%s' is not in '%s'", cases[i].text, error->message);
      check_value (guest, "sysctl/vm.swappiness", "60");
    }
}

/* The profile wants more than the 4 channels of the NICs. The value of an earlier profile must not
 * stay in force instead. */
static void
test_profile_beyond_device (Guest *guest, gconstpointer data)
{
  g_autoptr (VtReport) first = NULL;
  g_autoptr (VtReport) report = NULL;
  g_autoptr (VtReport) by_pattern = NULL;

  write_profile (guest, "fits", "[net]\nchannels=combined 3\n");
  write_profile (guest, "large", "[net]\nchannels=combined 8\n[sysctl]\nvm.swappiness=7\n");
  first = apply (guest, "fits", NULL);
  check_value (guest, "net/eth1/combined", "3");
  report = apply (guest, "large", NULL);
  check_row (report, "net/eth1/combined", VT_RESULT_APPLIED, "'8' is out of range");
  check_value (guest, "net/eth1/combined", "2");
  check_value (guest, "sysctl/vm.swappiness", "7");

  roll_back (guest);
  by_pattern = apply (guest, "large", NULL);
  check_misfit (guest, by_pattern, "net/eth1/combined", VT_RESULT_NOT_OFFERED);
  check_value (guest, "net/eth1/combined", "2");
  check_value (guest, "sysctl/vm.swappiness", "7");
  roll_back (guest);
}

/* A value of a sysctl that this agent or this kernel does not accept has a row. verify treats the
 * same number in hexadecimal digits as equal. */
static void
test_profile_of_another_kernel (Guest *guest, gconstpointer data)
{
  g_autoptr (VtReport) report = NULL;

  fixture_write (guest->fixture, "proc/sys/net/ipv4/tcp_ecn", "2");
  fixture_write (guest->fixture, "proc/sys/net/ipv4/tcp_fastopen", "1");
  write_profile (guest, "newer",
                 "[sysctl]\nnet.ipv4.tcp_ecn=9\nnet.ipv4.tcp_fastopen=0x403\n"
                 "net.ipv4.tcp_fin_timeout=soon\nvm.swappiness=7\n");
  report = apply (guest, "newer", NULL);
  check_value (guest, "sysctl/net.ipv4.tcp_fastopen", "1027");
  check_value (guest, "sysctl/net.ipv4.tcp_ecn", "2");
  check_value (guest, "sysctl/vm.swappiness", "7");
  check_row (report, "sysctl/net.ipv4.tcp_fin_timeout", VT_RESULT_NOT_OFFERED, "soon");
  check_misfit (guest, report, "sysctl/net.ipv4.tcp_ecn", VT_RESULT_NOT_OFFERED);
  roll_back (guest);
  check_value (guest, "sysctl/net.ipv4.tcp_fastopen", "1");
}

/* If a value is refused for one disk, a pattern or a profile does not fail. */
static void
test_unwise_for_one (Guest *guest, gconstpointer data)
{
  g_autoptr (VtHints) hints = vt_hints_new ();
  g_autoptr (VtReport) report = NULL;
  g_autoptr (VtReport) by_pattern = NULL;
  const VtApplyRequest hint = { .hints = hints };

  fixture_write (guest->fixture, "sys/block/vda/queue/scheduler", "none [mq-deadline] kyber");
  fixture_write (guest->fixture, "sys/block/vda/serial", "lun");
  g_assert_true (vt_hints_add (hints, "lun", NULL, "iscsi", VT_ROTATIONAL_UNSAID, NULL));
  g_assert_true (vt_engine_apply (guest->engine, &hint, &report, NULL));
  by_pattern = apply (guest, NULL, "block/*/scheduler=none");
  check_row (by_pattern, "block/vda/scheduler", VT_RESULT_LEFT_ALONE, "iscsi");
  check_misfit (guest, by_pattern, "block/vda/scheduler", VT_RESULT_LEFT_ALONE);
  check_value (guest, "block/vda/scheduler", "mq-deadline");
  check_value (guest, "block/vdb/scheduler", "none");
  roll_back (guest);
}

static void
check_told (const GPtrArray *texts, const char *text)
{
  for (guint i = 0; i < texts->len; i++)
    if (strstr (texts->pdata[i], text) != NULL)
      return;

  g_error ("'%s' is not told", text);
}

/* A hint that fits no disk is reported in the reply to the apply, and in the status while no disk
 * fits. */
static void
test_hint_for_no_disk (Guest *guest, gconstpointer data)
{
  g_autoptr (VtHints) hints = vt_hints_new ();
  g_autoptr (VtReport) report = NULL;
  g_autoptr (VtReport) planned = NULL;
  g_autoptr (GPtrArray) warnings = NULL;
  g_autoptr (GPtrArray) later = NULL;
  const VtApplyRequest request = { .hints = hints };
  const VtApplyRequest dry_run = { .hints = hints, .dry_run = TRUE };

  g_assert_true (vt_hints_add (hints, "to-come", NULL, "iscsi", VT_ROTATIONAL_UNSAID, NULL));
  g_assert_true (vt_engine_apply (guest->engine, &dry_run, &planned, NULL));
  check_told (planned->ignored, "'to-come': the guest has no such disk");
  g_assert_true (vt_engine_apply (guest->engine, &request, &report, NULL));
  check_told (report->ignored, "'to-come': the guest has no such disk");
  warnings = vt_engine_list_warnings (guest->engine);
  check_told (warnings, "'to-come': the guest has no such disk");

  fixture_write (guest->fixture, "sys/block/vda/serial", "to-come");
  later = vt_engine_list_warnings (guest->engine);
  g_assert_cmpuint (later->len, ==, 0);
  roll_back (guest);
}

static void
check_rolled_back (Guest *guest)
{
  g_autoptr (VtReport) report = NULL;

  g_assert_true (vt_engine_rollback (guest->engine, &report, NULL));
  for (guint i = 0; i < report->rows->len; i++)
    {
      const VtRow *row = g_ptr_array_index (report->rows, i);

      if (row->result == VT_RESULT_CHANGED_BY_OTHERS || row->result == VT_RESULT_FAILED)
        g_error ("%s is %s: %s", row->key, vt_result_word (row->result), row->reason);
    }
}

/* When huge pages are switched on, the kernel raises vm.min_free_kbytes. A wanted value of it is
 * written after that. */
static void
test_huge_pages (Guest *guest, gconstpointer data)
{
  static const char *const settings[] = {
    "vm/transparent_hugepage=always",
    "vm/transparent_hugepage=always sysctl/vm.min_free_kbytes=9000",
    "sysctl/vm.min_free_kbytes=8000 vm/transparent_hugepage=always",
  };
  static const char *const values[] = { "22528", "9000", "8000" };

  fixture_write (guest->fixture, "proc/sys/vm/min_free_kbytes", "8000");
  for (guint i = 0; i < G_N_ELEMENTS (settings); i++)
    {
      g_autoptr (VtReport) report G_GNUC_UNUSED = apply (guest, NULL, settings[i]);
      g_autoptr (VtReport) other G_GNUC_UNUSED = apply (guest, NULL, "sysctl/vm.swappiness=7");

      check_value (guest, "sysctl/vm.min_free_kbytes", values[i]);
      check_verify (guest);
      check_rolled_back (guest);
      check_value (guest, "sysctl/vm.min_free_kbytes", "8000");
      check_value (guest, "vm/transparent_hugepage", "madvise");
    }
}

/* The setting of vm.min_free_kbytes is removed, and huge pages stay on: the original is restored,
 * and is there after a roll-back, too. */
static void
test_huge_pages_alone_stay (Guest *guest, gconstpointer data)
{
  g_autoptr (VtReport) both = NULL;
  g_autoptr (VtReport) one = NULL;

  fixture_write (guest->fixture, "proc/sys/vm/min_free_kbytes", "8000");
  both = apply (guest, NULL, "vm/transparent_hugepage=always sysctl/vm.min_free_kbytes=9000");
  one = apply (guest, NULL, "sysctl/vm.min_free_kbytes=");
  check_value (guest, "sysctl/vm.min_free_kbytes", "8000");
  check_value (guest, "vm/transparent_hugepage", "always");
  check_rolled_back (guest);
  check_value (guest, "sysctl/vm.min_free_kbytes", "8000");
}

/* If huge pages are switched on later, vm.min_free_kbytes keeps the wanted value. */
static void
test_huge_pages_later (Guest *guest, gconstpointer data)
{
  g_autoptr (VtReport) first = NULL;
  g_autoptr (VtReport) second = NULL;

  fixture_write (guest->fixture, "proc/sys/vm/min_free_kbytes", "8000");
  first = apply (guest, NULL, "sysctl/vm.min_free_kbytes=9000");
  second = apply (guest, NULL, "vm/transparent_hugepage=always");
  check_value (guest, "sysctl/vm.min_free_kbytes", "9000");
  check_verify (guest);
  check_rolled_back (guest);
  check_value (guest, "sysctl/vm.min_free_kbytes", "8000");
}

/* When kernel.watchdog becomes 0, the kernel sets kernel.nmi_watchdog to 0, too. */
static void
test_watchdog (Guest *guest, gconstpointer data)
{
  g_autoptr (VtReport) report = NULL;

  fixture_write (guest->fixture, "proc/sys/kernel/watchdog", "1");
  fixture_write (guest->fixture, "proc/sys/kernel/nmi_watchdog", "1");
  report = apply (guest, NULL, "sysctl/kernel.watchdog=0");
  check_value (guest, "sysctl/kernel.nmi_watchdog", "0");
  check_verify (guest);
  check_rolled_back (guest);
  check_value (guest, "sysctl/kernel.watchdog", "1");
  check_value (guest, "sysctl/kernel.nmi_watchdog", "1");
}

static void
check_left_to (const VtReport *report, const char *key, const char *file)
{
  const VtRow *row = find_row (report, key);
  g_autofree char *reason = g_strdup_printf ("%s sets it: the profile leaves it alone", file);

  if (row == NULL)
    g_error ("there is no row of %s", key);
  g_assert_cmpint (row->result, ==, VT_RESULT_LEFT_ALONE);
  g_assert_cmpstr (row->reason, ==, reason);
}

/* With reapply_sysctl=1, the sysctl files of the operator win over a profile, and a setting of the
 * host wins over both. */
static void
test_sysctl_files (Guest *guest, gconstpointer data)
{
  g_autoptr (VtReport) profile = NULL;
  g_autoptr (VtReport) host = NULL;
  g_autoptr (VtReport) back = NULL;

  guest->fixture->system.reapply_sysctl = TRUE;
  fixture_write (guest->fixture, "etc/sysctl.d/50-a.conf", "# a comment\n  -vm.swappiness = 1\n");
  fixture_write (guest->fixture, "run/sysctl.d/50-a.conf", "net.core.somaxconn=1\n");
  fixture_write (guest->fixture, "etc/sysctl.conf", "vm/dirty_bytes=100\nvm.overcommit*=1\nrest\n");
  fixture_write (guest->fixture, "etc/sysctl.d/README", "vm.vfs_cache_pressure=1\n");
  write_profile (guest, "mine",
                 "[sysctl]\nvm.swappiness=30\nnet.core.somaxconn=512\nvm.dirty_ratio=12\n"
                 "vm.overcommit_memory=1\nvm.vfs_cache_pressure=70\n");
  fixture_write (guest->fixture, "proc/sys/vm/swappiness", "1");

  profile = apply (guest, "mine", NULL);
  check_left_to (profile, "sysctl/vm.swappiness", "/etc/sysctl.d/50-a.conf");
  check_left_to (profile, "sysctl/vm.dirty_ratio", "/etc/sysctl.conf");
  check_left_to (profile, "sysctl/vm.overcommit_memory", "/etc/sysctl.conf");
  check_value (guest, "sysctl/net.core.somaxconn", "512");
  check_value (guest, "sysctl/vm.vfs_cache_pressure", "70");
  check_value (guest, "sysctl/vm.swappiness", "1");
  check_verify (guest);

  host = apply (guest, NULL, "sysctl/vm.swappiness=5");
  check_value (guest, "sysctl/vm.swappiness", "5");
  check_verify (guest);
  back = apply (guest, NULL, "sysctl/vm.swappiness=");
  check_value (guest, "sysctl/vm.swappiness", "1");
  check_rolled_back (guest);
  check_value (guest, "sysctl/vm.swappiness", "1");
}

/* With TuneD's reapply_sysctl=0, the profile wins over the sysctl files. */
static void
test_sysctl_files_that_lose (Guest *guest, gconstpointer data)
{
  g_autoptr (VtReport) report = NULL;

  fixture_write (guest->fixture, "etc/sysctl.d/50-a.conf", "vm.swappiness=1\n");
  report = apply (guest, "virtual-guest", NULL);
  check_value (guest, "sysctl/vm.swappiness", "30");
}

/* The kernel changes vm.min_free_kbytes when memory is plugged, so the wanted value is written
 * again. A value that others changed is not. */
static void
test_hotplug_resets (Guest *guest, gconstpointer data)
{
  g_autoptr (VtReport) applied = NULL;
  g_autoptr (VtReport) converged = NULL;

  fixture_write (guest->fixture, "proc/sys/vm/min_free_kbytes", "8000");
  applied = apply (guest, NULL, "sysctl/vm.min_free_kbytes=9000 sysctl/vm.swappiness=7");
  fixture_write (guest->fixture, "proc/sys/vm/min_free_kbytes", "30000");
  fixture_write (guest->fixture, "proc/sys/vm/swappiness", "8");
  g_assert_true (vt_engine_converge (guest->engine, NULL, NULL, FALSE, &converged, NULL));
  check_value (guest, "sysctl/vm.min_free_kbytes", "9000");
  check_value (guest, "sysctl/vm.swappiness", "8");
  fixture_write (guest->fixture, "proc/sys/vm/swappiness", "7");
  check_verify (guest);
  check_rolled_back (guest);
  check_value (guest, "sysctl/vm.min_free_kbytes", "8000");
}

/* The numbers of two kinds of channels disturb XPS. If either changes, XPS is planned again. */
static void
test_two_kinds_of_channels (Guest *guest, gconstpointer data)
{
  static const char *const other[] = { "ethtool/eth0/other", "ethtool/eth0/other_max" };
  g_autoptr (VtReport) first = NULL;
  g_autoptr (VtReport) second = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (other); i++)
    fixture_write (guest->fixture, other[i], "1");
  first = apply (guest, NULL, "net/eth0/xps=auto");
  second = apply (guest, NULL, "net/eth0/combined=2");
  check_value (guest, "net/eth0/xps", "5 a");
  check_verify (guest);
  check_rolled_back (guest);
  check_value (guest, "net/eth0/combined", "4");
}

/* A guest without memory hot-plug, huge pages, block multi-queue and channels. */
static void
test_bare_guest (Guest *guest, gconstpointer data)
{
  static const char *const lacking[][2] = {
    { "vm/transparent_hugepage=always", "this kernel has no transparent_hugepage" },
    { "memory/online_policy=auto-movable", "this kernel has no online_policy" },
    { "net/eth0/combined=2", "this device has no combined" },
    { "net/eth0/rx=2", "this device has no rx" },
    { "block/vda/nr_requests=256", "this device has no nr_requests" },
    { "block/vda/scheduler=mq-deadline", "'mq-deadline' is not offered; allowed: none" },
  };
  g_autoptr (VtReport) report = apply (guest, "virtual-guest-auto", NULL);
  g_autoptr (GPtrArray) status = vt_engine_status (guest->engine);

  for (guint i = 0; i < report->rows->len; i++)
    {
      const VtRow *row = g_ptr_array_index (report->rows, i);

      if (row->result == VT_RESULT_FAILED || row->result == VT_RESULT_DRIFT)
        g_error ("%s is %s: %s", row->key, vt_result_word (row->result), row->reason);
    }

  check_row (report, "block/vda/scheduler", VT_RESULT_LEFT_ALONE, "no choice");
  check_row (report, "block/vda/read_ahead_kb", VT_RESULT_APPLIED, NULL);
  check_row (report, "sysctl/vm.swappiness", VT_RESULT_APPLIED, NULL);
  check_row (report, "sysctl/vm.dirty_ratio", VT_RESULT_APPLIED, NULL);
  check_verify (guest);

  g_assert_cmpuint (status->len, >, 0);
  for (guint i = 0; i < status->len; i++)
    {
      const VtAttributeStatus *one = g_ptr_array_index (status, i);

      if (one->value == NULL)
        g_error ("%s can't be read", one->key);
    }

  for (guint i = 0; i < G_N_ELEMENTS (lacking); i++)
    {
      g_autoptr (VtReport) none = NULL;
      g_autoptr (GError) error = NULL;

      g_assert_false (try_apply (guest, NULL, lacking[i][0], &none, &error));
      g_assert_error (error, VT_ERROR, VT_ERROR_NOT_OFFERED);
      if (strstr (error->message, lacking[i][1]) == NULL)
        g_error ("'%s' is not in '%s'", lacking[i][1], error->message);
    }

  roll_back (guest);
  check_value (guest, "sysctl/vm.swappiness", "60");
}

static void
test_bare_enumeration (Guest *guest, gconstpointer data)
{
  static const char *const there[] = {
    "block/vda/read_ahead_kb",
    "block/vda/scheduler",
    "sysctl/net.core.somaxconn",
    "sysctl/vm.dirty_background_bytes",
    "sysctl/vm.dirty_background_ratio",
    "sysctl/vm.dirty_bytes",
    "sysctl/vm.dirty_ratio",
    "sysctl/vm.swappiness",
  };
  g_autoptr (GPtrArray) status = vt_engine_status (guest->engine);

  g_assert_cmpuint (status->len, ==, G_N_ELEMENTS (there));
  for (guint i = 0; i < status->len; i++)
    g_assert_cmpstr (((const VtAttributeStatus *) status->pdata[i])->key, ==, there[i]);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    const char *machine;
    void (*test) (Guest *guest, gconstpointer data);
  } tests[] = {
    { "/device-settings/pair/zero", "kvm-guest", test_zero_of_a_pair },
    { "/device-settings/pair/zero-in-another-layer", "kvm-guest", test_zero_in_another_layer },
    { "/device-settings/pair/both-zero", "kvm-guest", test_both_zero },
    { "/device-settings/pair/lone-zero", "kvm-guest", test_lone_zero },
    { "/device-settings/xdp/profile", "kvm-guest", test_profile_with_xdp },
    { "/device-settings/xdp/named", "kvm-guest", test_named_with_xdp },
    { "/device-settings/pattern/volume", "kvm-guest", test_pattern_with_volume },
    { "/device-settings/pattern/volume-comes-later", "kvm-guest", test_volume_comes_later },
    { "/device-settings/pattern/none-can", "kvm-guest", test_pattern_that_none_can },
    { "/device-settings/pattern/unwise-for-one", "kvm-guest", test_unwise_for_one },
    { "/device-settings/hint-for-no-disk", "kvm-guest", test_hint_for_no_disk },
    { "/device-settings/profile/another-kernel", "kvm-guest", test_profile_of_another_kernel },
    { "/device-settings/profile/beyond-device", "kvm-guest", test_profile_beyond_device },
    { "/device-settings/side-effects/huge-pages", "kvm-guest", test_huge_pages },
    { "/device-settings/side-effects/huge-pages-alone-stay", "kvm-guest",
      test_huge_pages_alone_stay },
    { "/device-settings/side-effects/huge-pages-later", "kvm-guest", test_huge_pages_later },
    { "/device-settings/side-effects/watchdog", "kvm-guest", test_watchdog },
    { "/device-settings/sysctl-files", "kvm-guest", test_sysctl_files },
    { "/device-settings/sysctl-files/lose", "kvm-guest", test_sysctl_files_that_lose },
    { "/device-settings/side-effects/hotplug-resets", "kvm-guest", test_hotplug_resets },
    { "/device-settings/side-effects/two-kinds-of-channels", "kvm-guest",
      test_two_kinds_of_channels },
    { "/device-settings/bare-guest", "bare-guest", test_bare_guest },
    { "/device-settings/bare-guest/enumeration", "bare-guest", test_bare_enumeration },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Guest, tests[i].machine, guest_set_up, tests[i].test,
                guest_tear_down);
  return g_test_run ();
}
