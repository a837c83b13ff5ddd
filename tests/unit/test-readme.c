/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib.h>

#include "agent/tunables/tunable.h"

/* The settings reference of README.md leaves out nothing that can be set. */
static void
test_settings_reference (void)
{
  g_autofree char *path = g_build_filename (g_getenv ("VT_SOURCE_ROOT"), "README.md", NULL);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  guint n = 0;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);

  for (guint i = 0; vt_tunables[i] != NULL; i++)
    for (guint j = 0; vt_tunables[i]->names[j] != NULL; j++)
      {
        g_autofree char *name = g_strdup_printf ("`%s`", vt_tunables[i]->names[j]);

        n++;
        if (g_strstr_len (text, -1, name) != NULL)
          continue;

        g_test_message ("%s: %s is not in README.md", vt_tunables[i]->section, name);
        g_test_fail ();
      }

  g_assert_cmpuint (n, >, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/readme/settings-reference", test_settings_reference);
  return g_test_run ();
}
