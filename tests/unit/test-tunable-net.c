/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <unistd.h>

#include "tests/unit/ask.h"

#define LEFT    ASK_LEFT_ALONE
#define INVALID VT_ERROR_INVALID_ARGUMENT

static void
test_combined (void)
{
  static const AskCase cases[] = {
    { "net/eth0/combined", "auto", "4", 0, "4 vCPUs online, up to 4 queues" },
    { "net/eth0/combined", "max", "4" },
    { "net/eth0/combined", "2", "2" },
    { "net/eth0/combined", "1", "1" },
    { "net/eth0/combined", "0", NULL, INVALID, "'0' is out of range; allowed: 1..4" },
    { "net/eth0/combined", "5", NULL, INVALID, "allowed: 1..4" },
    { "net/eth0/combined", "-1", NULL, INVALID },
    { "net/eth0/combined", "all", NULL, INVALID, "'all'" },
    { "net/eth0/combined", "", NULL, INVALID },
    { "net/eth1/combined", "auto", "4" },
    { "net/eth2/combined", "auto", "1" },
    { "net/eth2/combined", "2", NULL, INVALID, "allowed: 1..1" },
  };
  g_autoptr (Fixture) fixture = fixture_new ("kvm-guest");

  ask_check (fixture, cases, G_N_ELEMENTS (cases));
}

static void
test_combined_follows_cpus (void)
{
  static const AskCase cases[] = { { "net/eth0/combined", "auto", "3" } };
  g_autoptr (Fixture) fixture = fixture_new ("kvm-guest");
  g_auto (VtDecision) decision = { NULL, NULL };
  g_autoptr (VtAttribute) attribute = ask_find (fixture, cases[0].key);
  VtQuestion question = { .system = &fixture->system };

  fixture_write (fixture, "sys/devices/system/cpu/online", "0,2-3");
  g_assert_true (attribute->ops->decide (attribute, &question, "auto", &decision, NULL));
  g_assert_cmpstr (decision.value, ==, cases[0].value);
}

static void
test_xps (void)
{
  static const AskCase cases[] = {
    { "net/eth0/xps", "auto", "1 2 4 8" },
    { "net/eth0/xps", "off", NULL, LEFT, "off" },
    { "net/eth0/xps", "3", NULL, INVALID, "allowed: auto off" },
    { "net/eth1/xps", "auto", "5 a" },
    /* The decision uses the number of channels that is planned. */
    { "net/eth1/xps", "auto", "1 2 4 8", 0, NULL, FALSE, { "net/eth1/combined", "4" } },
    { "net/eth0/xps", "auto", "9 2 4", 0, NULL, FALSE, { "net/eth0/combined", "3" } },
    { "net/eth0/xps", "auto", NULL, LEFT, "one queue", FALSE, { "net/eth0/combined", "1" } },
  };
  g_autoptr (Fixture) fixture = fixture_new ("kvm-guest");

  ask_check (fixture, cases, G_N_ELEMENTS (cases));
  /* With one queue there is nothing to choose, and the file can't be read. */
  g_assert_null (ask_find (fixture, "net/eth2/xps"));
}

static void
test_more_queues_than_cpus (void)
{
  g_autoptr (Fixture) fixture = fixture_new ("kvm-guest");
  g_autoptr (VtAttribute) attribute = ask_find (fixture, "net/eth0/xps");
  g_auto (VtDecision) decision = { NULL, NULL };
  VtQuestion question = { .system = &fixture->system };

  fixture_write (fixture, "sys/devices/system/cpu/online", "0,2,33");
  g_assert_true (attribute->ops->decide (attribute, &question, "auto", &decision, NULL));
  g_assert_cmpstr (decision.value, ==, "1 4 2,00000000 1");
}

static void
test_irq_affinity (void)
{
  static const AskCase cases[] = {
    { "net/eth0/irq_affinity", "auto",
      "input.0=0 output.0=0 input.1=1 output.1=1 input.2=2 output.2=2 input.3=3 output.3=3" },
    { "net/eth1/irq_affinity", "auto", "input.0=0,2 output.0=0,2 input.1=1,3 output.1=1,3" },
    { "net/eth1/irq_affinity",
      "auto",
      "input.0=0,3 output.0=0,3 input.1=1 output.1=1 input.2=2 output.2=2",
      0,
      NULL,
      FALSE,
      { "net/eth1/combined", "3" } },
    { "net/eth0/irq_affinity", "off", NULL, LEFT, "off" },
    { "net/eth0/irq_affinity", "0", NULL, INVALID, "allowed: auto off" },
    { "net/eth2/irq_affinity", "auto", NULL, LEFT, "one queue" },
  };
  g_autoptr (Fixture) fixture = fixture_new ("kvm-guest");

  ask_check (fixture, cases, G_N_ELEMENTS (cases));
  g_assert_null (ask_find (fixture, "net/eth3/irq_affinity"));
}

/* CPUs that the operator has isolated get no interrupts and no queues to send on, and do not count
 * for the number of queues. */
static void
test_isolated_cpus (void)
{
  static const struct
  {
    const char *path, *text, *key, *value;
  } rows[] = {
    { "sys/devices/system/cpu/isolated", "2-3", "net/eth1/irq_affinity",
      "input.0=0 output.0=0 input.1=1 output.1=1" },
    { "sys/devices/system/cpu/isolated", "2-3", "net/eth1/xps", "1 2" },
    { "sys/devices/system/cpu/isolated", "2-3", "net/eth1/combined", "2" },
    { "sys/devices/system/cpu/nohz_full", "1-3", "net/eth1/xps", "1 1" },
    { "sys/fs/cgroup/cpuset.cpus.isolated", "0,2", "net/eth1/xps", "2 8" },
    { "sys/devices/system/cpu/isolated", "", "net/eth1/xps", "5 a" },
    { "sys/devices/system/cpu/nohz_full", "(null)", "net/eth1/xps", "5 a" },
    { "sys/devices/system/cpu/isolated", "0-3", "net/eth1/xps", "5 a" },
    { "proc/irq/default_smp_affinity", "3", "net/eth1/irq_affinity",
      "input.0=0 output.0=0 input.1=1 output.1=1" },
    { "proc/irq/default_smp_affinity", "00000001,0000000c", "net/eth1/irq_affinity",
      "input.0=2 output.0=2 input.1=3 output.1=3" },
    { "proc/irq/default_smp_affinity", "3", "net/eth1/xps", "5 a" },
    { "proc/irq/default_smp_affinity", "rubbish", "net/eth1/irq_affinity",
      "input.0=0,2 output.0=0,2 input.1=1,3 output.1=1,3" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (Fixture) fixture = fixture_new ("kvm-guest");
      g_autoptr (VtAttribute) attribute = ask_find (fixture, rows[i].key);
      g_auto (VtDecision) decision = { NULL, NULL };
      VtQuestion question = { .system = &fixture->system };

      fixture_write (fixture, rows[i].path, rows[i].text);
      g_assert_true (attribute->ops->decide (attribute, &question, "auto", &decision, NULL));
      g_assert_cmpstr (decision.value, ==, rows[i].value);
      if (g_str_has_suffix (rows[i].key, "/combined"))
        g_assert_cmpstr (decision.reason, ==, "2 of 4 vCPUs are not isolated, up to 4 queues");
    }
}

/* Both interfaces of a failover pair show the same device, but its channels and interrupts belong
 * only to the lower one. */
static void
test_failover (void)
{
  static const char *const names[] = { "combined", "xps", "irq_affinity" };
  g_autoptr (Fixture) fixture = fixture_new ("kvm-guest");
  g_autofree char *link = g_build_filename (fixture->root, "sys/class/net/eth9", NULL);
  g_autofree char *master = NULL;
  g_autofree char *shared = NULL;

  fixture_write (fixture, "sys/devices/pci0000:00/0000:00:04.0/virtio2/net/eth9/ifindex", "9");
  for (guint i = 0; i < 16; i++)
    {
      g_autofree char *path = g_strdup_printf (
          "sys/devices/pci0000:00/0000:00:04.0/virtio2/net/eth9/queues/tx-%u/xps_cpus", i);

      fixture_write (fixture, path, "0");
    }
  master = g_build_filename (fixture->root, "sys/devices/pci0000:00/0000:00:04.0/virtio2/net/eth9",
                             "device", NULL);
  g_assert_cmpint (symlink ("../..", master), ==, 0);
  g_assert_cmpint (symlink ("../../devices/pci0000:00/0000:00:04.0/virtio2/net/eth9", link), ==, 0);
  shared = ask_read (fixture, "net/eth9/irq_affinity");
  g_assert_nonnull (shared);

  fixture_write (fixture, "ethtool/eth0/driver", "virtio_net");
  fixture_write (fixture, "ethtool/eth9/driver", "net_failover");
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *upper = g_strconcat ("net/eth9/", names[i], NULL);
      g_autofree char *lower = g_strconcat ("net/eth0/", names[i], NULL);
      g_autoptr (VtAttribute) attribute = ask_find (fixture, lower);

      g_assert_nonnull (attribute);
      g_assert_null (ask_find (fixture, upper));
    }
}

static void
test_irqbalance (void)
{
  static const AskCase cases[] = {
    { "net/ens3/irq_affinity", "auto", NULL, LEFT, "irqbalance" },
  };
  static const char *const signs[] = {
    "sys/fs/cgroup/system.slice/irqbalance.service/cgroup.procs",
    "etc/systemd/system/multi-user.target.wants/irqbalance.service",
  };
  g_autoptr (Fixture) old = fixture_new ("old-guest");

  ask_check (old, cases, G_N_ELEMENTS (cases));

  for (guint i = 0; i < G_N_ELEMENTS (signs); i++)
    {
      g_autoptr (Fixture) fixture = fixture_new ("kvm-guest");
      g_autoptr (VtAttribute) attribute = ask_find (fixture, "net/eth0/irq_affinity");
      g_auto (VtDecision) decision = { NULL, NULL };
      VtQuestion question = { .system = &fixture->system };

      fixture_write (fixture, signs[i], "");
      g_assert_true (attribute->ops->decide (attribute, &question, "auto", &decision, NULL));
      g_assert_null (decision.value);
      g_assert_cmpstr (decision.reason, ==, "irqbalance places the interrupts");
    }
}

/* irqbalance is enabled, but does not run: it is masked, or absent when the system has booted. */
static void
test_irqbalance_that_does_not_run (void)
{
  static const char *const enabled
      = "etc/systemd/system/multi-user.target.wants/irqbalance.service";
  static const char *const masks[]
      = { "etc/systemd/system/irqbalance.service", "run/systemd/system/irqbalance.service" };

  for (guint i = 0; i <= G_N_ELEMENTS (masks); i++)
    {
      g_autoptr (Fixture) fixture = fixture_new ("kvm-guest");
      g_autoptr (VtAttribute) attribute = ask_find (fixture, "net/eth0/irq_affinity");
      g_auto (VtDecision) decision = { NULL, NULL };
      VtQuestion question = { .system = &fixture->system };

      fixture_write (fixture, enabled, "");
      fixture_write (fixture, "dev/null", "");
      if (i < G_N_ELEMENTS (masks))
        {
          g_autofree char *path = g_build_filename (fixture->root, masks[i], NULL);
          g_autofree char *folder = g_path_get_dirname (path);

          g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
          g_assert_cmpint (symlink ("/dev/null", path), ==, 0);
        }
      else
        fixture_write (fixture, "run/systemd/units/invocation:systemd-user-sessions.service", "");
      g_assert_true (attribute->ops->decide (attribute, &question, "auto", &decision, NULL));
      g_assert_nonnull (decision.value);
    }
}

static void
test_write (void)
{
  g_autoptr (Fixture) fixture = fixture_new ("kvm-guest");

  ask_apply_and_restore (fixture, "net/eth0/combined", "2", "2");
  ask_apply_and_restore (fixture, "net/eth1/combined", "max", "4");
  ask_apply_and_restore (fixture, "net/eth1/xps", "auto", "5 a");
  ask_apply_and_restore (fixture, "net/eth1/irq_affinity", "auto",
                         "input.0=0,2 output.0=0,2 input.1=1,3 output.1=1,3");
  fixture_assert_unchanged (fixture);
}

/* Each attribute shows only the queues in use: with fewer queues, it has fewer values. */
static void
test_fewer_channels (void)
{
  g_autoptr (Fixture) fixture = fixture_new ("kvm-guest");
  g_autoptr (VtAttribute) combined = ask_find (fixture, "net/eth0/combined");
  g_autoptr (VtAttribute) xps = ask_find (fixture, "net/eth0/xps");
  g_autoptr (VtAttribute) affinity = ask_find (fixture, "net/eth0/irq_affinity");
  g_autofree char *masks = NULL;
  g_autofree char *cpus = NULL;

  g_assert_true (combined->ops->write (combined, &fixture->system, "2", NULL));
  masks = ask_read (fixture, "net/eth0/xps");
  cpus = ask_read (fixture, "net/eth0/irq_affinity");
  g_assert_cmpstr (masks, ==, "1 2");
  g_assert_cmpstr (cpus, ==, "input.0=0 output.0=0 input.1=1 output.1=1");
  g_assert_true (combined->ops->write (combined, &fixture->system, "4", NULL));
  fixture_assert_unchanged (fixture);

  g_assert_cmpstr (combined->disturbs[0], ==, xps->key);
  g_assert_cmpstr (combined->disturbs[1], ==, affinity->key);
  g_assert_cmpint (combined->rank, <, xps->rank);
  g_assert_cmpint (xps->rank, <, affinity->rank);
}

static void
test_write_faults (void)
{
  static const char *const faulty[] = { "input.9=0", "input.0", "config=0", "input.0=0 ", "x.0=1" };
  g_autoptr (Fixture) fixture = fixture_new ("kvm-guest");
  g_autoptr (VtAttribute) affinity = ask_find (fixture, "net/eth0/irq_affinity");
  g_autoptr (VtAttribute) combined = ask_find (fixture, "net/eth0/combined");
  g_autoptr (VtAttribute) xps = ask_find (fixture, "net/eth0/xps");

  for (guint i = 0; i < G_N_ELEMENTS (faulty); i++)
    g_assert_false (affinity->ops->write (affinity, &fixture->system, faulty[i], NULL));

  g_assert_false (combined->ops->write (combined, &fixture->system, "5", NULL));
  g_assert_false (combined->ops->write (combined, &fixture->system, "many", NULL));
  g_assert_false (xps->ops->write (xps, &fixture->system, "1 2 4 8 1", NULL));
  fixture_assert_unchanged (fixture);
}

static void
test_enumerate (void)
{
  g_autoptr (Fixture) fixture = fixture_new ("kvm-guest");
  g_autoptr (VtAttribute) eth0 = ask_find (fixture, "net/eth0/combined");

  g_assert_cmpstr (eth0->identity, ==, "sys/devices/pci0000:00/0000:00:04.0/virtio2 ifindex=2");
  g_assert_true (eth0->number);
  g_assert_null (ask_find (fixture, "net/eth3/combined"));
  g_assert_null (ask_find (fixture, "net/lo/combined"));
  g_assert_null (ask_find (fixture, "net/br0/combined"));
}

static void
test_describe (void)
{
  static const char *const expected[][3] = {
    { "eth0", "virtio-net", "4 of 4 channels" },
    { "eth1", "virtio-net", "2 of 4 channels" },
    { "eth2", "virtio-net", "1 of 1 channels" },
    { "eth3", "e1000", NULL },
  };
  g_autoptr (Fixture) fixture = fixture_new ("kvm-guest");
  g_autoptr (GPtrArray) devices = g_ptr_array_new_with_free_func ((GDestroyNotify) vt_device_free);

  for (guint i = 0; vt_tunables[i] != NULL; i++)
    {
      if (vt_tunables[i]->describe != NULL && g_str_equal (vt_tunables[i]->section, "net"))
        vt_tunables[i]->describe (&fixture->system, devices);
    }

  g_assert_cmpuint (devices->len, ==, G_N_ELEMENTS (expected));
  for (guint i = 0; i < devices->len; i++)
    {
      const VtDevice *device = g_ptr_array_index (devices, i);

      g_assert_cmpstr (device->name, ==, expected[i][0]);
      g_assert_cmpstr (device->kind, ==, expected[i][1]);
      g_assert_cmpstr (device->detail, ==, expected[i][2]);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tunable-net/combined", test_combined);
  g_test_add_func ("/tunable-net/combined/follows-cpus", test_combined_follows_cpus);
  g_test_add_func ("/tunable-net/xps", test_xps);
  g_test_add_func ("/tunable-net/xps/more-queues-than-cpus", test_more_queues_than_cpus);
  g_test_add_func ("/tunable-net/failover", test_failover);
  g_test_add_func ("/tunable-net/irq-affinity", test_irq_affinity);
  g_test_add_func ("/tunable-net/isolated-cpus", test_isolated_cpus);
  g_test_add_func ("/tunable-net/irqbalance", test_irqbalance);
  g_test_add_func ("/tunable-net/irqbalance/does-not-run", test_irqbalance_that_does_not_run);
  g_test_add_func ("/tunable-net/write", test_write);
  g_test_add_func ("/tunable-net/write/faults", test_write_faults);
  g_test_add_func ("/tunable-net/fewer-channels", test_fewer_channels);
  g_test_add_func ("/tunable-net/enumerate", test_enumerate);
  g_test_add_func ("/tunable-net/describe", test_describe);
  return g_test_run ();
}
