/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib.h>
#include <string.h>

#include "host-shim/help.h"
#include "host-shim/verb.h"
#include "protocol/error.h"

/* The shim's tables of verbs, options and exit codes, and their documentation. */

static void
test_verbs_sorted (void)
{
  for (guint i = 0; vt_verbs[i] != NULL; i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_true (vt_verb_find (vt_verbs[i]->name, &error) == vt_verbs[i]);
      g_assert_nonnull (vt_verbs[i]->run);
      if (i > 0)
        g_assert_cmpstr (vt_verbs[i - 1]->name, <, vt_verbs[i]->name);
    }
}

static void
test_verb_unknown (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (vt_verb_find ("rolback", &error));
  g_assert_error (error, VT_EXIT_ERROR, VT_EXIT_USAGE);
  g_assert_nonnull (strstr (error->message, "'rollback'"));
}

static void
test_exit_codes (void)
{
  g_autoptr (GError) theirs = NULL, foreign = NULL;

  for (guint code = VT_EXIT_FAILED; code < VT_EXIT_N_CODES; code++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (vt_exit_set (&error, (VtExit) code, "x"));
      g_assert_cmpint (vt_exit_code (error), ==, code);
      g_assert_nonnull (vt_exit_meaning ((VtExit) code));
      g_assert_nonnull (vt_exit_class (error));
    }
  vt_error_set (&theirs, VT_ERROR_BUSY, "x");
  g_assert_cmpint (vt_exit_code (theirs), ==, VT_EXIT_FAILED);
  g_assert_cmpstr (vt_exit_class (theirs), ==, "Busy");
  foreign = g_error_new_literal (G_MARKUP_ERROR, 3, "x");
  g_assert_cmpint (vt_exit_code (foreign), ==, VT_EXIT_FAILED);
}

/* The man page names every verb and every long option of --help. */
static void
test_man_page (void)
{
  const char *root = g_getenv ("VT_SOURCE_ROOT");
  g_autofree char *path = g_build_filename (root, "host-shim", "virt-tune.1", NULL);
  g_autofree char *text = NULL;
  g_autofree char *page = NULL;
  g_auto (GStrv) parts = NULL;
  g_autoptr (GRegex) option = g_regex_new ("--([a-z-]+)", 0, 0, NULL);
  g_autoptr (GError) error = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  parts = g_strsplit (text, "\\-", -1);
  page = g_strjoinv ("-", parts);
  for (const VtVerb *const *verb = vt_verbs; *verb != NULL; verb++)
    {
      g_autofree char *help = vt_help_verb (*verb);
      g_autofree char *heading
          = g_strdup_printf ("\n\\.(B|BR|BI|IR) (\\\\fB)?%s\\b", (*verb)->name);
      g_autoptr (GMatchInfo) match = NULL;

      g_assert_true (g_regex_match_simple (heading, page, 0, 0));
      for (g_regex_match (option, help, 0, &match); g_match_info_matches (match);
           g_match_info_next (match, NULL))
        {
          g_autofree char *name = g_match_info_fetch (match, 0);

          g_assert_nonnull (strstr (page, name));
        }
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/shim/verbs/sorted", test_verbs_sorted);
  g_test_add_func ("/shim/verbs/unknown", test_verb_unknown);
  g_test_add_func ("/shim/exit", test_exit_codes);
  g_test_add_func ("/shim/man", test_man_page);
  return g_test_run ();
}
