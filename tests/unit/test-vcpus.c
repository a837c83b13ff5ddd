/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib.h>

#include "agent/kernel/vcpus.h"
#include "protocol/error.h"
#include "tests/unit/kernel-tree.h"

#define CPUS "sys/devices/system/cpu/"

/* cpu0 has no file "online", as on x86 since Linux 6.5. */
static void
fill (const KernelTree *tree)
{
  kernel_tree_put (tree, CPUS "cpu0", "crash_notes", "0");
  kernel_tree_put (tree, CPUS "cpu1", "online", "1");
  kernel_tree_put (tree, CPUS "cpu10", "online", "0");
  kernel_tree_put (tree, CPUS "cpu2", "online", "0");
  kernel_tree_put (tree, CPUS "cpufreq", "boost", "1");
  kernel_tree_put (tree, CPUS "cpuidle", "current_driver", "none");
}

static void
test_list (void)
{
  g_auto (KernelTree) tree = kernel_tree_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) none = vt_vcpus_list (tree.fs, &error);
  g_autoptr (GArray) vcpus = NULL;
  const VtVcpu expected[]
      = { { 0, TRUE, FALSE }, { 1, TRUE, TRUE }, { 2, FALSE, TRUE }, { 10, FALSE, TRUE } };

  g_assert_null (none);
  g_assert_error (error, VT_ERROR, VT_ERROR_GENERIC);
  g_clear_error (&error);

  fill (&tree);
  vcpus = vt_vcpus_list (tree.fs, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (vcpus->len, ==, G_N_ELEMENTS (expected));
  for (guint i = 0; i < vcpus->len; i++)
    {
      const VtVcpu *vcpu = &g_array_index (vcpus, VtVcpu, i);

      g_assert_cmpuint (vcpu->id, ==, expected[i].id);
      g_assert_cmpint (vcpu->online, ==, expected[i].online);
      g_assert_cmpint (vcpu->can_offline, ==, expected[i].can_offline);
    }
}

static void
assert_refused (const KernelTree *tree, guint64 id, gboolean online, const char *text)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (vt_vcpu_set (tree->fs, id, online, &error));
  g_assert_error (error, VT_ERROR, VT_ERROR_GENERIC);
  g_assert_nonnull (strstr (error->message, text));
}

static void
test_set (void)
{
  g_auto (KernelTree) tree = kernel_tree_new ();
  g_autoptr (GError) error = NULL;

  fill (&tree);
  g_assert_true (vt_vcpu_set (tree.fs, 2, TRUE, &error));
  kernel_tree_assert (&tree, CPUS "cpu2/online", "1");
  g_assert_true (vt_vcpu_set (tree.fs, 1, FALSE, &error));
  kernel_tree_assert (&tree, CPUS "cpu1/online", "0");
  g_assert_true (vt_vcpu_set (tree.fs, 0, TRUE, &error));
  g_assert_no_error (error);

  assert_refused (&tree, 0, FALSE, "#0 can't be offlined");
  assert_refused (&tree, 3, TRUE, "#3");
  assert_refused (&tree, G_MAXINT64, FALSE, "#9223372036854775807");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/vcpus/list", test_list);
  g_test_add_func ("/vcpus/set", test_set);
  return g_test_run ();
}
