/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Runs a fuzz target on each file of a corpus folder, for builds without
 * libFuzzer, so that faults that were found once are found again.
 */

#include "config.h"

#include <glib.h>

#include "fuzz.h"

static void
run_file (gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *bytes = NULL;
  gsize len = 0;

  g_assert_true (g_file_get_contents (user_data, &bytes, &len, &error));
  g_assert_no_error (error);
  g_assert_cmpint (LLVMFuzzerTestOneInput ((const guint8 *) bytes, len), ==, 0);
}

static void
add_folder (const char *folder)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) dir = g_dir_open (folder, 0, &error);
  const char *name;
  guint n = 0;

  g_assert_no_error (error);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_strconcat ("/", name, NULL);

      g_test_add_data_func_full (path, g_build_filename (folder, name, NULL), run_file, g_free);
      n++;
    }
  g_assert_cmpuint (n, >, 0); /* an empty corpus must not pass as a test */
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_assert_cmpint (argc, ==, 2);
  add_folder (argv[1]);
  return g_test_run ();
}
