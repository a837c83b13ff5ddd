/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "agent/tunables/refusal.h"
#include "tests/unit/ask.h"

/* Values that a device refuses in its present state, and the reasons in the reply. */

#define LEFT    ASK_LEFT_ALONE
#define INVALID VT_ERROR_INVALID_ARGUMENT

/* Kernels before 6.10 keep the writes to a zone in order only with mq-deadline. */
static void
test_zoned (void)
{
  static const char *const kinds[] = { "host-managed", "host-aware" };
  static const AskCase old[] = {
    { "block/vdb/scheduler", "auto", NULL, LEFT, "zoned disk" },
    { "block/vdb/scheduler", "none", NULL, VT_ERROR_REFUSED, "6.10" },
    { "block/vdb/scheduler", "noop", NULL, VT_ERROR_REFUSED, "zoned disk" },
    { "block/vdb/scheduler", "none", "none", 0, NULL, TRUE },
    { "block/vdb/scheduler", "mq-deadline", "mq-deadline" },
    { "block/vda/scheduler", "auto", "none" },
  };
  static const AskCase plugged[] = {
    { "block/vdb/scheduler", "auto", "none" },
    { "block/vdb/scheduler", "none", "none" },
  };
  static const char *const releases[] = { "6.10.0-1-amd64", "6.12.3", "10.0.1" };
  g_autoptr (Fixture) fixture = fixture_new ("kvm-guest");

  fixture_write (fixture, "sys/block/vdb/queue/scheduler", "none [mq-deadline]");
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      fixture_write (fixture, "sys/block/vdb/queue/zoned", kinds[i]);
      fixture_write (fixture, "proc/sys/kernel/osrelease", "6.9.12-amd64");
      ask_check_cases (fixture, old, G_N_ELEMENTS (old));
      fixture_write (fixture, "proc/sys/kernel/osrelease", "5.14.0-427.el9.x86_64");
      ask_check_cases (fixture, old, G_N_ELEMENTS (old));
      for (guint j = 0; j < G_N_ELEMENTS (releases); j++)
        {
          fixture_write (fixture, "proc/sys/kernel/osrelease", releases[j]);
          ask_check_cases (fixture, plugged, G_N_ELEMENTS (plugged));
        }
    }

  fixture_write (fixture, "sys/block/vdb/queue/zoned", "none");
  fixture_write (fixture, "proc/sys/kernel/osrelease", "6.1.0");
  ask_check_cases (fixture, plugged, G_N_ELEMENTS (plugged));
}

/* Gives a device channels of one kind. */
static void
add_channels (const Fixture *fixture, const char *kind, const char *count, const char *max)
{
  g_autofree char *path = g_strconcat ("ethtool/eth3/", kind, NULL);
  g_autofree char *max_path = g_strconcat (path, "_max", NULL);

  fixture_write (fixture, path, count);
  fixture_write (fixture, max_path, max);
}

/* The kernel has a folder for each queue. The names of unused ones are hidden by a dot. */
static void
add_queues (const Fixture *fixture, const char *kind, guint count, guint max)
{
  for (guint i = 0; i < max; i++)
    {
      g_autofree char *path = g_strdup_printf ("sys/class/net/eth3/queues/%s%s-%u/xps_cpus",
                                               i < count ? "" : ".", kind, i);

      fixture_write (fixture, path, "f");
    }
}

static void
test_separate_channels (void)
{
  static const AskCase cases[] = {
    { "net/eth3/rx", "auto", "4", 0, "4 vCPUs online, up to 8 queues" },
    { "net/eth3/rx", "max", "8" },
    { "net/eth3/rx", "0", NULL, INVALID, "allowed: 1..8" },
    { "net/eth3/tx", "auto", "3", 0, "up to 3 queues" },
    { "net/eth3/tx", "4", NULL, INVALID, "allowed: 1..3" },
    { "net/eth3/other", "max", "1" },
    { "net/eth3/other", "0", "0" },
    { "net/eth3/other", "auto", NULL, INVALID, "allowed: 0..1" },
    { "net/eth3/xps", "auto", "5 a" },
    { "net/eth3/xps", "auto", "9 2 4", 0, NULL, FALSE, { "net/eth3/tx", "3" } },
    { "net/eth3/xps", "auto", "5 a", 0, NULL, FALSE, { "net/eth3/rx", "8" } },
  };
  g_autoptr (Fixture) fixture = fixture_new ("kvm-guest");
  g_autoptr (VtAttribute) tx = NULL;
  g_autofree char *masks = NULL;

  g_assert_null (ask_find (fixture, "net/eth3/rx"));
  g_assert_null (ask_find (fixture, "net/eth0/rx"));
  add_channels (fixture, "rx", "2", "8");
  add_channels (fixture, "tx", "2", "3");
  add_channels (fixture, "other", "1", "1");
  add_queues (fixture, "rx", 2, 8);
  add_queues (fixture, "tx", 2, 3);
  g_assert_null (ask_find (fixture, "net/eth3/combined"));
  ask_check_cases (fixture, cases, G_N_ELEMENTS (cases));

  tx = ask_find (fixture, "net/eth3/tx");
  g_assert_cmpint (tx->rank, ==, VT_RANK_CHANNELS);
  g_assert_cmpstr (tx->disturbs[0], ==, "net/eth3/xps");
  ask_apply_and_restore (fixture, "net/eth3/tx", "max", "3");
  ask_apply_and_restore (fixture, "net/eth3/rx", "auto", "4");
  ask_apply_and_restore (fixture, "net/eth3/other", "0", "0");
  masks = ask_read (fixture, "net/eth3/xps");
  g_assert_cmpstr (masks, ==, "f f");
}

/* A device that has either combined channels or separate ones: auto keeps the kind that it has. */
static void
test_either_kind (void)
{
  static const AskCase combined[] = {
    { "net/eth3/combined", "auto", "4" },
    { "net/eth3/combined", "0", "0" },
    { "net/eth3/rx", "auto", NULL, LEFT, "uses combined channels" },
    { "net/eth3/tx", "auto", NULL, LEFT, "uses combined channels" },
    { "net/eth3/rx", "0", "0" },
    { "net/eth3/rx", "2", "2" },
  };
  static const AskCase separate[] = {
    { "net/eth3/combined", "auto", NULL, LEFT, "separate rx and tx channels" },
    { "net/eth3/rx", "auto", "4" },
    { "net/eth3/tx", "auto", "4" },
  };
  g_autoptr (Fixture) fixture = fixture_new ("kvm-guest");

  add_channels (fixture, "combined", "2", "8");
  add_channels (fixture, "rx", "0", "8");
  add_channels (fixture, "tx", "0", "8");
  ask_check_cases (fixture, combined, G_N_ELEMENTS (combined));

  add_channels (fixture, "combined", "0", "8");
  add_channels (fixture, "rx", "2", "8");
  add_channels (fixture, "tx", "2", "8");
  ask_check_cases (fixture, separate, G_N_ELEMENTS (separate));
}

static void
check_write (const Fixture *fixture, const char *key, const char *value, const char *text)
{
  g_autoptr (VtAttribute) attribute = ask_find (fixture, key);
  g_autoptr (GError) error = NULL;

  g_assert_nonnull (attribute);
  g_assert_false (attribute->ops->write (attribute, &fixture->system, value, &error));
  g_assert_nonnull (error);
  if (strstr (error->message, text) == NULL || strstr (error->message, attribute->device) == NULL)
    g_error ("'%s' is not in '%s'", text, error->message);
}

/* virtio-net changes no channels while its driver runs an XDP program. */
static void
test_xdp (void)
{
  static const AskCase attached[] = {
    { "net/eth1/combined", "auto", NULL, LEFT,
      "an XDP program is attached to eth1 (ip link show eth1)" },
    { "net/eth1/combined", "max", NULL, LEFT, "XDP" },
    { "net/eth1/combined", "3", "3" },
    /* It already has so many: nothing is written, so nothing is refused. */
    { "net/eth0/combined", "auto", "4", 0, "4 vCPUs online" },
    { "net/eth0/combined", "max", "4" },
    /* Another driver may accept it. */
    { "net/eth3/combined", "auto", "4" },
  };
  static const AskCase detached[] = { { "net/eth1/combined", "auto", "4" } };
  g_autoptr (Fixture) fixture = fixture_new ("kvm-guest");

  add_channels (fixture, "combined", "2", "8");
  fixture_write (fixture, "ethtool/eth0/xdp", "driver");
  fixture_write (fixture, "ethtool/eth1/xdp", "driver");
  fixture_write (fixture, "ethtool/eth3/xdp", "driver");
  ask_check_cases (fixture, attached, G_N_ELEMENTS (attached));
  check_write (fixture, "net/eth1/combined", "3",
               "an XDP program is attached to eth1 (ip link show eth1)");

  fixture_remove (fixture, "ethtool/eth1/xdp");
  ask_check_cases (fixture, detached, G_N_ELEMENTS (detached));
  ask_apply_and_restore (fixture, "net/eth1/combined", "3", "3");
}

static void
test_refused_channels (void)
{
  static const struct
  {
    const char *set_errno;
    const char *text;
  } cases[] = {
    { G_STRINGIFY (EINVAL), "AF_XDP" },
    { G_STRINGIFY (EBUSY), "busy" },
    { G_STRINGIFY (EOPNOTSUPP), "can't change them" },
    { G_STRINGIFY (EPERM), "forbids" },
    { G_STRINGIFY (EIO), "no reason" },
  };
  g_autoptr (Fixture) fixture = fixture_new ("kvm-guest");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      fixture_write (fixture, "ethtool/eth1/set_errno", cases[i].set_errno);
      check_write (fixture, "net/eth1/combined", "3", cases[i].text);
    }

  fixture_remove (fixture, "ethtool/eth1/set_errno");
  fixture_assert_unchanged (fixture);
}

static void
test_reasons (void)
{
  static const VtRefusalReason own[] = { { EIO, "own" }, { EINVAL, "own value" }, { 0, NULL } };

  g_assert_cmpstr (vt_refusal_find (own, EIO), ==, "own");
  g_assert_cmpstr (vt_refusal_find (own, EINVAL), ==, "own value");
  g_assert_cmpstr (vt_refusal_find (NULL, EINVAL), ==, "the kernel does not take this value now");
  g_assert_cmpstr (vt_refusal_find (own, EROFS), ==, "the file system is mounted read-only here");
  g_assert_null (vt_refusal_find (own, ENOSPC));
}

static void
test_refused_files (void)
{
  g_autoptr (Fixture) fixture = fixture_new ("kvm-guest");
  g_autoptr (VtAttribute) xps = ask_find (fixture, "net/eth0/xps");
  g_autoptr (GError) error = NULL;

  check_write (fixture, "block/vda/scheduler", "cfq", "this disk's queue excludes it");
  /* There is no fifth queue. */
  check_write (fixture, "net/eth0/xps", "1 2 4 8 1", "no such queue");
  g_assert_false (xps->ops->write (xps, &fixture->system, "1 2 4 8 1", &error));
  g_assert_error (error, VT_ERROR, VT_ERROR_NOT_OFFERED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/device-refusals/zoned-disk", test_zoned);
  g_test_add_func ("/device-refusals/separate-channels", test_separate_channels);
  g_test_add_func ("/device-refusals/either-kind-of-channels", test_either_kind);
  g_test_add_func ("/device-refusals/xdp", test_xdp);
  g_test_add_func ("/device-refusals/channels", test_refused_channels);
  g_test_add_func ("/device-refusals/reasons", test_reasons);
  g_test_add_func ("/device-refusals/files", test_refused_files);
  return g_test_run ();
}
