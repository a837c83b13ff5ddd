/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A simulated kernel: plain files below a temporary folder, which a test
 * writes and checks. kernel_tree_clear() removes them.
 */

#include <glib.h>
#include <glib/gstdio.h>

#include "agent/kernel/kernel-fs.h"

typedef struct
{
  char *root;
  VtKernelFs *fs;
} KernelTree;

static inline KernelTree
kernel_tree_new (void)
{
  g_autoptr (GError) error = NULL;
  KernelTree tree = { .root = g_dir_make_tmp ("virt-tune-XXXXXX", &error) };

  g_assert_no_error (error);
  tree.fs = vt_kernel_fs_new (tree.root, &error);
  g_assert_no_error (error);
  return tree;
}

/* Writes a file as the kernel would show it: the value and a newline. */
static inline void
kernel_tree_put (const KernelTree *tree, const char *folder, const char *name, const char *value)
{
  g_autofree char *whole = g_build_filename (tree->root, folder, NULL);
  g_autofree char *path = g_build_filename (whole, name, NULL);
  g_autofree char *text = g_strconcat (value, "\n", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir_with_parents (whole, 0755), ==, 0);
  g_file_set_contents (path, text, -1, &error);
  g_assert_no_error (error);
}

static inline void
kernel_tree_assert (const KernelTree *tree, const char *path, const char *expected)
{
  g_autofree char *value = vt_kernel_fs_read (tree->fs, path, NULL);

  g_assert_cmpstr (value, ==, expected);
}

static inline void
kernel_tree_remove (const char *path)
{
  g_autoptr (GDir) folder = NULL;
  const char *name;

  if (!g_file_test (path, G_FILE_TEST_IS_SYMLINK))
    folder = g_dir_open (path, 0, NULL);
  while (folder != NULL && (name = g_dir_read_name (folder)) != NULL)
    {
      g_autofree char *below = g_build_filename (path, name, NULL);

      kernel_tree_remove (below);
    }
  g_assert_cmpint (g_remove (path), ==, 0);
}

static inline void
kernel_tree_clear (KernelTree *tree)
{
  vt_kernel_fs_free (tree->fs);
  kernel_tree_remove (tree->root);
  g_free (tree->root);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (KernelTree, kernel_tree_clear)
