/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib.h>

#include <string.h>

#include "agent/tunables/tunable.h"
#include "protocol/schema.h"

/* The settings reference of README.md has everything that can be set. */
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

/* README.md's example of a guest that its host may not change: it allows all commands that change
 * nothing, and no other command. */
static void
test_read_only_example (void)
{
  static const char lead[] = "\nallow-rpcs=";
  g_autofree char *path
      = g_build_filename (g_getenv ("VT_SOURCE_ROOT"), "agent", "virt-tune-agent.8", NULL);
  g_autofree char *text = NULL;
  g_auto (GStrv) broken = NULL;
  g_autofree char *whole = NULL;
  g_auto (GStrv) allowed = NULL;
  g_autoptr (GError) error = NULL;
  const char *start;
  guint n = 0;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  broken = g_strsplit (text, "\\\n", -1); /* joins continued lines */
  whole = g_strjoinv ("", broken);
  start = strstr (whole, lead);
  g_assert_nonnull (start);
  start += strlen (lead);
  *strchr (start, '\n') = '\0';
  allowed = g_strsplit (start, ",", -1);

  for (const VtCommandSpec *spec = vt_schema; spec->name != NULL; spec++)
    {
      gboolean reads = (spec->flags & VT_COMMAND_CHANGES) == 0;

      n += reads;
      g_assert_cmpint (g_strv_contains ((const char *const *) allowed, spec->name), ==, reads);
    }
  g_assert_cmpuint (g_strv_length (allowed), ==, n);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/readme/settings-reference", test_settings_reference);
  g_test_add_func ("/readme/read-only-example", test_read_only_example);
  return g_test_run ();
}
