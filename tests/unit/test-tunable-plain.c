/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "agent/tunables/choice.h"
#include "agent/tunables/value.h"
#include "tests/unit/ask.h"

#define INVALID VT_ERROR_INVALID_ARGUMENT

static void
test_memory (void)
{
  static const AskCase cases[] = {
    { "memory/auto_online_blocks", "online_movable", "online_movable" },
    { "memory/auto_online_blocks", "offline", "offline" },
    { "memory/auto_online_blocks", "yes", NULL, INVALID,
      "'yes' is not offered; allowed: offline online online_kernel online_movable" },
    { "memory/auto_online_blocks", "off", NULL, INVALID },
    { "memory/online_policy", "auto-movable", "auto-movable" },
    { "memory/online_policy", "movable", NULL, INVALID, "allowed: contig-zones auto-movable" },
    { "memory/online_policy", "auto-movable", "auto-movable", 0, "" },
    { "memory/auto_movable_ratio", "400", "400" },
    { "memory/auto_movable_ratio", "-1", NULL, INVALID, "allowed: 0.." },
  };
  g_autoptr (Fixture) fixture = fixture_new ("kvm-guest");
  g_autoptr (Fixture) old = fixture_new ("old-guest");
  g_autoptr (VtAttribute) online = ask_find (fixture, "memory/auto_online_blocks");
  g_autoptr (VtAttribute) policy = ask_find (fixture, "memory/online_policy");

  ask_check (fixture, cases, G_N_ELEMENTS (cases));
  ask_apply_and_restore (fixture, "memory/auto_online_blocks", "online", "online");
  ask_apply_and_restore (fixture, "memory/online_policy", "auto-movable", "auto-movable");
  fixture_assert_unchanged (fixture);

  /* The policy is set before any block is brought online with it. */
  g_assert_cmpint (policy->rank, <, online->rank);
  g_assert_nonnull (online->lasting);
  g_assert_null (policy->lasting);
  g_assert_null (ask_find (old, "memory/auto_online_blocks"));
}

/* Memory was plugged before the policy that decides its zone was set. */
static void
test_memory_policy_late (void)
{
  g_autoptr (Fixture) fixture = fixture_new ("kvm-guest");
  g_autoptr (VtAttribute) policy = ask_find (fixture, "memory/online_policy");
  g_autofree char *folder
      = g_build_filename (fixture->root, "sys/bus/acpi/devices/PNP0C80:00/physical_node", NULL);
  const VtQuestion question = { .system = &fixture->system };
  g_auto (VtDecision) other = { NULL, NULL };
  g_auto (VtDecision) same = { NULL, NULL };

  g_assert_cmpint (g_mkdir_with_parents (folder, 0755), ==, 0);
  g_assert_true (policy->ops->decide (policy, &question, "auto-movable", &other, NULL));
  g_assert_cmpstr (other.value, ==, "auto-movable");
  g_assert_nonnull (strstr (other.reason, "stays in its zone"));
  g_assert_true (policy->ops->decide (policy, &question, "contig-zones", &same, NULL));
  g_assert_null (same.reason);
}

/* Memory that virtio-mem has plugged is no ACPI device. */
static void
test_memory_policy_virtio (void)
{
  g_autoptr (Fixture) fixture = fixture_new ("kvm-guest");
  g_autoptr (VtAttribute) policy = ask_find (fixture, "memory/online_policy");
  const VtQuestion question = { .system = &fixture->system };
  g_auto (VtDecision) decision = { NULL, NULL };

  fixture_write (
      fixture, "proc/iomem",
      "100000000-17fffffff : virtio0\n  100000000-107ffffff : System RAM (virtio_mem)\n");
  g_assert_true (policy->ops->decide (policy, &question, "auto-movable", &decision, NULL));
  g_assert_nonnull (strstr (decision.reason, "stays in its zone"));
}

static void
test_sysctl (void)
{
  static const AskCase cases[] = {
    { "sysctl/vm.swappiness", "30", "30" },
    { "sysctl/vm.swappiness", "030", "30" },
    { "sysctl/vm.swappiness", "201", NULL, INVALID, "'201' is out of range; allowed: 0..200" },
    { "sysctl/vm.swappiness", "3 0", NULL, INVALID },
    { "sysctl/vm.swappiness", "0x1e", "30" },
    { "sysctl/vm.swappiness", ">0X5A", "90" },
    { "sysctl/vm.swappiness", "0x1f4", NULL, INVALID, "'0x1f4' is out of range; allowed: 0..200" },
    { "sysctl/vm.swappiness", "0x", NULL, INVALID },
    { "sysctl/vm.swappiness", "0x1g", NULL, INVALID },
    { "sysctl/vm.swappiness", "-0x1", NULL, INVALID },
    { "sysctl/net.ipv4.tcp_rmem", "0x1000 131072 0x600000", "4096 131072 6291456" },
    { "sysctl/vm.swappiness", "", NULL, INVALID },
    { "sysctl/vm.dirty_bytes", "4096", NULL, INVALID, "8192" },
    /* It reads 0, because the ratio is in force. */
    { "sysctl/vm.dirty_bytes", "0", "0" },
    { "sysctl/vm.overcommit_kbytes", "0", "0" },
    { "sysctl/vm.overcommit_kbytes", "-1", NULL, INVALID, "1.." },
    { "sysctl/vm.dirty_ratio", "30", "30" },
    { "sysctl/net.core.somaxconn", ">2048", "4096", 0, "only raised" },
    { "sysctl/net.core.somaxconn", ">8192", "8192" },
    { "sysctl/net.ipv4.tcp_rmem", "4096 131072\t16777216", "4096 131072 16777216" },
    { "sysctl/net.ipv4.tcp_rmem", "4096 131072", NULL, INVALID, "3 numbers are needed" },
    { "sysctl/net.ipv4.tcp_rmem", "4096 0 1", NULL, INVALID, "'0' in '4096 0 1'" },
    { "sysctl/net.ipv4.tcp_rmem", "4096 x 1", NULL, INVALID },
    { "sysctl/net.ipv4.ip_local_port_range", "1024 65535", "1024 65535" },
    { "sysctl/fs.aio-max-nr", "1048576", "1048576" },
  };
  g_autoptr (Fixture) fixture = fixture_new ("kvm-guest");
  g_autoptr (VtAttribute) ratio = ask_find (fixture, "sysctl/vm.dirty_ratio");
  g_autofree char *rmem = ask_read (fixture, "sysctl/net.ipv4.tcp_rmem");

  ask_check (fixture, cases, G_N_ELEMENTS (cases));
  ask_apply_and_restore (fixture, "sysctl/vm.swappiness", "10", "10");
  ask_apply_and_restore (fixture, "sysctl/net.ipv4.tcp_rmem", "4096 131072 16777216",
                         "4096 131072 16777216");
  fixture_assert_unchanged (fixture);

  g_assert_cmpstr (rmem, ==, "4096 131072 6291456");
  g_assert_cmpstr (ratio->counterpart, ==, "sysctl/vm.dirty_bytes");
  g_assert_cmpstr (ratio->path, ==, "proc/sys/vm/dirty_ratio");
  g_assert_true (ratio->number);
  /* The kernel has this one, but no profile may set it. */
  g_assert_null (ask_find (fixture, "sysctl/kernel.osrelease"));
  /* The table has this one, but this kernel does not. */
  g_assert_null (ask_find (fixture, "sysctl/kernel.sched_min_granularity_ns"));
}

/* Each kernel has its own bounds: the table takes what any of them takes. */
static void
test_sysctl_of_newer_kernels (void)
{
  static const struct
  {
    const char *path;
    const char *there;
    AskCase one;
  } cases[] = {
    { "proc/sys/net/ipv4/tcp_ecn", "2", { "sysctl/net.ipv4.tcp_ecn", "3", "3" } },
    { "proc/sys/net/ipv4/tcp_ecn", "2", { "sysctl/net.ipv4.tcp_ecn", "6", NULL, INVALID, "0..5" } },
    { "proc/sys/net/ipv4/tcp_fastopen", "1", { "sysctl/net.ipv4.tcp_fastopen", "0x403", "1027" } },
    { "proc/sys/net/ipv4/tcp_sack", "1", { "sysctl/net.ipv4.tcp_sack", "2", "2" } },
    { "proc/sys/net/ipv4/tcp_keepalive_time",
      "7200",
      { "sysctl/net.ipv4.tcp_keepalive_time", "86400", "86400" } },
  };
  g_autoptr (Fixture) fixture = fixture_new ("kvm-guest");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      fixture_write (fixture, cases[i].path, cases[i].there);
      ask_check_cases (fixture, &cases[i].one, 1);
    }
}

static void
test_pair (void)
{
  static const char *const pairs[][2] = {
    { "dirty_bytes", "dirty_ratio" },
    { "dirty_background_bytes", "dirty_background_ratio" },
    { "overcommit_kbytes", "overcommit_ratio" },
  };
  g_autoptr (Fixture) fixture = fixture_new ("kvm-guest");

  ask_apply_and_restore (fixture, "sysctl/vm.dirty_ratio", "30", "30");
  fixture_assert_unchanged (fixture);

  ask_apply_and_restore (fixture, "sysctl/vm.overcommit_ratio", "80", "80");
  fixture_assert_unchanged (fixture);

  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++)
    {
      g_autofree char *path = g_strconcat ("proc/sys/vm/", pairs[i][0], NULL);
      g_autofree char *key = g_strconcat ("sysctl/vm.", pairs[i][1], NULL);
      g_autoptr (VtAttribute) other = ask_find (fixture, key);
      g_autofree char *counterpart = g_strconcat ("sysctl/vm.", pairs[i][0], NULL);
      g_autofree char *value = NULL;

      g_assert_cmpstr (other->counterpart, ==, counterpart);
      g_assert_cmpint (vt_kernel_fs_write_errno (fixture->system.fs, path, "8192"), ==, 0);
      value = ask_read (fixture, key);
      g_assert_cmpstr (value, ==, "0");
    }
}

static void
test_vm (void)
{
  static const AskCase cases[] = {
    { "vm/transparent_hugepage", "always", "always" },
    { "vm/transparent_hugepage", "madvise", "madvise" },
    { "vm/transparent_hugepage", "on", NULL, VT_ERROR_NOT_OFFERED,
      "'on' is not offered; allowed: always madvise never" },
    { "vm/transparent_hugepage.defrag", "defer+madvise", "defer+madvise" },
    { "vm/transparent_hugepage.defrag", "", NULL, VT_ERROR_NOT_OFFERED },
  };
  g_autoptr (Fixture) fixture = fixture_new ("kvm-guest");
  g_autoptr (VtAttribute) enabled = ask_find (fixture, "vm/transparent_hugepage");
  g_autoptr (VtAttribute) defrag = ask_find (fixture, "vm/transparent_hugepage.defrag");

  ask_check (fixture, cases, G_N_ELEMENTS (cases));
  ask_apply_and_restore (fixture, "vm/transparent_hugepage", "always", "always");
  ask_apply_and_restore (fixture, "vm/transparent_hugepage.defrag", "never", "never");
  fixture_assert_unchanged (fixture);

  g_assert_cmpint (enabled->rank, <, defrag->rank);
}

static void
test_values (void)
{
  static const struct
  {
    const char *text;
    gboolean valid;
    gint64 number;
  } cases[] = {
    { "0", TRUE, 0 },
    { "-7", TRUE, -7 },
    { "007", TRUE, 7 },
    { "9223372036854775807", TRUE, G_MAXINT64 },
    { "9223372036854775808", FALSE, 0 },
    { "", FALSE, 0 },
    { "-", FALSE, 0 },
    { "--1", FALSE, 0 },
    { "+1", FALSE, 0 },
    { " 1", FALSE, 0 },
    { "1 ", FALSE, 0 },
    { "1e3", FALSE, 0 },
    { "0x10", TRUE, 16 },
    { "0x7fffffffffffffff", TRUE, G_MAXINT64 },
    { "0x8000000000000000", FALSE, 0 },
    { "0x-1", FALSE, 0 },
  };
  g_autofree char *squeezed = vt_value_squeeze ("\t4096\t 1  2\n");
  g_autofree char *open = vt_value_range (1, G_MAXINT64);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      gint64 number = 42;

      g_test_message ("'%s'", cases[i].text);
      g_assert_cmpint (vt_value_parse_number (cases[i].text, &number), ==, cases[i].valid);
      g_assert_cmpint (number, ==, cases[i].valid ? cases[i].number : 42);
    }

  g_assert_cmpstr (squeezed, ==, "4096 1 2");
  g_assert_cmpstr (open, ==, "1..");
}

static void
test_choices (void)
{
  static const struct
  {
    const char *text;
    const char *active;
    const char *words;
    gboolean is_free;
  } cases[] = {
    { "[none] mq-deadline", "none", "none mq-deadline", TRUE },
    { "a [b] c", "b", "a b c", TRUE },
    { "[none]", "none", "none", TRUE },
    { "none", "none", "none", FALSE },
    { "", "", "", FALSE },
    { "a [b", "a [b", "a b", FALSE },
    { "a ]b[", "a ]b[", "a b", FALSE },
    { "a] [b]", "b", "a b", TRUE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *active = vt_choice_active (cases[i].text);
      g_auto (GStrv) words = vt_choice_words (cases[i].text);
      g_autofree char *joined = g_strjoinv (" ", words);

      g_assert_cmpstr (active, ==, cases[i].active);
      g_assert_cmpstr (joined, ==, cases[i].words);
      g_assert_cmpint (vt_choice_exists (cases[i].text), ==, cases[i].is_free);
    }
}

/* Checks that each tunable is as the table promises. */
static void
test_table (void)
{
  g_autoptr (Fixture) fixture = fixture_new ("kvm-guest");
  g_autoptr (GPtrArray) attributes = ask_all (fixture);
  g_autoptr (GHashTable) keys = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < attributes->len; i++)
    {
      const VtAttribute *attribute = g_ptr_array_index (attributes, i);
      g_autofree char *value = attribute->ops->read (attribute, &fixture->system, NULL);
      g_autofree char *allowed = attribute->ops->allowed (attribute, &fixture->system);
      gint64 number;
      gboolean known = FALSE;

      g_test_message ("%s", attribute->key);
      g_assert_true (g_hash_table_add (keys, attribute->key));
      g_assert_nonnull (value);
      g_assert_nonnull (allowed);
      if (attribute->number)
        g_assert_true (vt_value_parse_number (value, &number));

      for (guint j = 0; vt_tunables[j] != NULL; j++)
        known = known
                || (g_str_equal (vt_tunables[j]->section, attribute->section)
                    && g_strv_contains (vt_tunables[j]->names, attribute->name));
      g_assert_true (known);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tunable-plain/memory", test_memory);
  g_test_add_func ("/tunable-plain/memory-policy-late", test_memory_policy_late);
  g_test_add_func ("/tunable-plain/memory-policy-late-virtio", test_memory_policy_virtio);
  g_test_add_func ("/tunable-plain/sysctl", test_sysctl);
  g_test_add_func ("/tunable-plain/sysctl/newer-kernels", test_sysctl_of_newer_kernels);
  g_test_add_func ("/tunable-plain/pair", test_pair);
  g_test_add_func ("/tunable-plain/vm", test_vm);
  g_test_add_func ("/tunable-plain/values", test_values);
  g_test_add_func ("/tunable-plain/choices", test_choices);
  g_test_add_func ("/tunable-plain/table", test_table);
  return g_test_run ();
}
