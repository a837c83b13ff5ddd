/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tests/unit/fixture.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static GStrv
list_names (const char *folder)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) dir = g_dir_open (folder, 0, &error);
  GPtrArray *names = g_ptr_array_new ();
  const char *name;

  g_assert_no_error (error);
  while ((name = g_dir_read_name (dir)) != NULL)
    g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_add (names, NULL);

  return (GStrv) g_ptr_array_free (names, FALSE);
}

static mode_t
get_type (const char *path)
{
  struct stat st;

  return lstat (path, &st) == 0 ? st.st_mode & S_IFMT : 0;
}

static char *
read_file (const char *path)
{
  g_autoptr (GError) error = NULL;
  char *text = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);

  return text;
}

static void
write_file (const char *path, const char *text)
{
  g_autoptr (GError) error = NULL;

  /* g_file_set_contents() would fsync each of many files, which is not needed. Without it, the rest
   * of a longer old content would stay, so the file is removed first. */
  (void) g_remove (path);
  g_file_set_contents_full (path, text, -1, G_FILE_SET_CONTENTS_NONE, 0600, &error);
  g_assert_no_error (error);
}

static void
copy_tree (const char *from, const char *to)
{
  if (get_type (from) == S_IFLNK)
    {
      g_autofree char *target = g_file_read_link (from, NULL);

      g_assert_cmpint (symlink (target, to), ==, 0);
    }
  else if (get_type (from) == S_IFDIR)
    {
      g_auto (GStrv) names = list_names (from);

      g_assert_cmpint (g_mkdir_with_parents (to, 0700), ==, 0);
      for (guint i = 0; names[i] != NULL; i++)
        {
          g_autofree char *source = g_build_filename (from, names[i], NULL);
          g_autofree char *target = g_build_filename (to, names[i], NULL);

          copy_tree (source, target);
        }
    }
  else
    {
      g_autofree char *text = read_file (from);

      write_file (to, text);
    }
}

static void
remove_tree (const char *path)
{
  if (get_type (path) == S_IFDIR)
    {
      g_auto (GStrv) names = list_names (path);

      for (guint i = 0; names[i] != NULL; i++)
        {
          g_autofree char *below = g_build_filename (path, names[i], NULL);

          remove_tree (below);
        }
    }

  g_assert_cmpint (g_remove (path), ==, 0);
}

static void
assert_same (const char *expected, const char *actual)
{
  if (get_type (expected) != get_type (actual))
    g_error ("%s is gone, or something else", actual);

  if (get_type (expected) == S_IFDIR)
    {
      g_auto (GStrv) names = list_names (expected);
      g_auto (GStrv) others = list_names (actual);

      if (g_strv_length (names) != g_strv_length (others))
        g_error ("%s has other entries", actual);
      for (guint i = 0; names[i] != NULL; i++)
        {
          g_autofree char *left = g_build_filename (expected, names[i], NULL);
          g_autofree char *right = g_build_filename (actual, names[i], NULL);

          assert_same (left, right);
        }
    }
  else if (get_type (expected) == S_IFREG)
    {
      g_autofree char *left = read_file (expected);
      g_autofree char *right = read_file (actual);

      if (!g_str_equal (left, right))
        g_error ("%s holds '%s' where '%s' was", actual, right, left);
    }
}

static char *
source_of (const char *machine)
{
  const char *folder = g_getenv ("VT_FIXTURES");

  g_assert_nonnull (folder);

  return g_build_filename (folder, machine, NULL);
}

Fixture *
fixture_new (const char *machine)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *source = source_of (machine);
  Fixture *fixture = g_new0 (Fixture, 1);
  VtKernelFs *fs;

  fixture->machine = g_strdup (machine);
  fixture->root = g_dir_make_tmp ("virt-tune-fixture-XXXXXX", &error);
  g_assert_no_error (error);
  copy_tree (source, fixture->root);

  fs = vt_kernel_fs_new (fixture->root, &error);
  g_assert_no_error (error);
  fixture->system.fs = fs;
  fixture->system.ethtool = vt_ethtool_new (fs, &error);
  g_assert_no_error (error);

  return fixture;
}

void
fixture_free (Fixture *fixture)
{
  remove_tree (fixture->root);
  vt_ethtool_free ((VtEthtool *) fixture->system.ethtool);
  vt_kernel_fs_free ((VtKernelFs *) fixture->system.fs);
  g_free (fixture->root);
  g_free (fixture->machine);
  g_free (fixture);
}

char *
fixture_read (const Fixture *fixture, const char *path)
{
  g_autofree char *whole = g_build_filename (fixture->root, path, NULL);

  return g_strchomp (read_file (whole));
}

void
fixture_write (const Fixture *fixture, const char *path, const char *text)
{
  g_autofree char *whole = g_build_filename (fixture->root, path, NULL);
  g_autofree char *folder = g_path_get_dirname (whole);
  g_autofree char *line = g_strconcat (text, "\n", NULL);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  write_file (whole, line);
}

void
fixture_remove (const Fixture *fixture, const char *path)
{
  g_autofree char *whole = g_build_filename (fixture->root, path, NULL);

  remove_tree (whole);
}

void
fixture_assert_unchanged (const Fixture *fixture)
{
  g_autofree char *source = source_of (fixture->machine);

  assert_same (source, fixture->root);
}
