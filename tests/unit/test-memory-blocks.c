/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>

#include "agent/kernel/memory-blocks.h"
#include "protocol/error.h"
#include "tests/unit/kernel-tree.h"

static void
add_block (const KernelTree *tree, guint index, const char *state, const char *zones)
{
  g_autofree char *folder = g_strdup_printf ("sys/devices/system/memory/memory%u", index);

  kernel_tree_put (tree, folder, "state", state);
  kernel_tree_put (tree, folder, "removable", "1");
  kernel_tree_put (tree, folder, "valid_zones", zones);
}

static void
assert_state (const KernelTree *tree, guint index, const char *expected)
{
  g_autofree char *path = g_strdup_printf ("sys/devices/system/memory/memory%u/state", index);

  kernel_tree_assert (tree, path, expected);
}

static void
test_size (void)
{
  g_auto (KernelTree) tree = kernel_tree_new ();
  g_autoptr (GError) error = NULL;
  guint64 size = 7;

  g_assert_false (vt_memory_block_size (tree.fs, &size, &error));
  g_assert_error (error, VT_ERROR, VT_ERROR_NOT_OFFERED);
  g_clear_error (&error);

  kernel_tree_put (&tree, "sys/devices/system/memory", "block_size_bytes", "no number");
  g_assert_false (vt_memory_block_size (tree.fs, &size, &error));
  g_assert_error (error, VT_ERROR, VT_ERROR_GENERIC);
  g_clear_error (&error);
  g_assert_cmpuint (size, ==, 7);

  kernel_tree_put (&tree, "sys/devices/system/memory", "block_size_bytes", "8000000");
  g_assert_true (vt_memory_block_size (tree.fs, &size, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (size, ==, 128 * 1024 * 1024);
}

static void
test_list (void)
{
  g_auto (KernelTree) tree = kernel_tree_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) none = vt_memory_blocks_list (tree.fs, &error);
  g_autoptr (GArray) blocks = NULL;

  g_assert_null (none);
  g_assert_error (error, VT_ERROR, VT_ERROR_NOT_OFFERED);
  g_clear_error (&error);

  add_block (&tree, 10, "offline", "Normal Movable");
  add_block (&tree, 9, "going-offline", "Normal");
  add_block (&tree, 2, "online", "Normal");
  kernel_tree_put (&tree, "sys/devices/system/memory/memory2", "removable", "0");
  kernel_tree_put (&tree, "sys/devices/system/memory", "auto_online_blocks", "offline");
  kernel_tree_put (&tree, "sys/devices/system/memory/memory", "state", "online");
  kernel_tree_put (&tree, "sys/devices/system/memory/memory3x", "state", "online");

  blocks = vt_memory_blocks_list (tree.fs, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (blocks->len, ==, 3);
  for (guint i = 0; i < blocks->len; i++)
    {
      const VtMemoryBlock *block = &g_array_index (blocks, VtMemoryBlock, i);
      const guint64 indices[] = { 2, 9, 10 };

      g_assert_cmpuint (block->index, ==, indices[i]);
      g_assert_cmpint (block->online, ==, i == 0);
      g_assert_cmpint (block->can_offline, ==, i != 0);
    }
}

static void
test_parse (void)
{
  guint64 index = 5;

  g_assert_false (vt_memory_block_parse ("memory", &index));
  g_assert_false (vt_memory_block_parse ("memory-1", &index));
  g_assert_false (vt_memory_block_parse ("memory 1", &index));
  g_assert_false (vt_memory_block_parse ("memory1a", &index));
  g_assert_false (vt_memory_block_parse ("node0", &index));
  g_assert_false (vt_memory_block_parse ("memory18446744073709551616", &index));
  g_assert_cmpuint (index, ==, 5);
  g_assert_true (vt_memory_block_parse ("memory0", &index));
  g_assert_cmpuint (index, ==, 0);
  g_assert_true (vt_memory_block_parse ("memory18446744073709551615", &index));
  g_assert_cmpuint (index, ==, G_MAXUINT64);
}

static void
test_zones (void)
{
  g_assert_true (vt_memory_policy_allows_zone ("online_movable", "Movable"));
  g_assert_false (vt_memory_policy_allows_zone ("online_movable", "Normal"));
  g_assert_false (vt_memory_policy_allows_zone ("online_movable", "none"));
  g_assert_true (vt_memory_policy_allows_zone ("online_kernel", "Normal"));
  g_assert_true (vt_memory_policy_allows_zone ("online_kernel", "DMA32"));
  g_assert_false (vt_memory_policy_allows_zone ("online_kernel", "Movable"));
  g_assert_true (vt_memory_policy_allows_zone ("online", "Movable"));
  g_assert_true (vt_memory_policy_allows_zone ("online", "Normal"));
}

static void
test_set (void)
{
  g_auto (KernelTree) tree = kernel_tree_new ();

  add_block (&tree, 4, "offline", "Normal Movable");
  add_block (&tree, 5, "online", "Normal");
  add_block (&tree, 6, "online", "Normal");
  kernel_tree_put (&tree, "sys/devices/system/memory/memory6", "removable", "0");

  g_assert_cmpint (vt_memory_block_set (tree.fs, 77, TRUE, "online"), ==, -ENOENT);
  g_assert_cmpint (vt_memory_block_set (tree.fs, 4, TRUE, "online_movable"), ==, 0);
  assert_state (&tree, 4, "online");
  g_assert_cmpint (vt_memory_block_set (tree.fs, 5, FALSE, "online"), ==, 0);
  assert_state (&tree, 5, "offline");
  g_assert_cmpint (vt_memory_block_set (tree.fs, 6, FALSE, "online"), ==, -EOPNOTSUPP);
  assert_state (&tree, 6, "online");
  g_assert_cmpint (vt_memory_block_set (tree.fs, 6, TRUE, "online"), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/memory-blocks/size", test_size);
  g_test_add_func ("/memory-blocks/list", test_list);
  g_test_add_func ("/memory-blocks/parse", test_parse);
  g_test_add_func ("/memory-blocks/zones", test_zones);
  g_test_add_func ("/memory-blocks/set", test_set);
  return g_test_run ();
}
