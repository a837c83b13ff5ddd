/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib.h>

#include <string.h>

#include "agent/tunables/tunable.h"
#include "protocol/schema.h"

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

/* The manual's example of a guest whose host may look and not touch: it allows what changes
 * nothing, all of it and nothing else. */
static void
test_look_and_not_touch (void)
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
  broken = g_strsplit (text, "\\\n", -1); /* lines that go on */
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
  g_test_add_func ("/readme/look-and-not-touch", test_look_and_not_touch);
  return g_test_run ();
}
