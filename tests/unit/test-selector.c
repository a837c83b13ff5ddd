/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib.h>

#include "protocol/settings.h"

static void
test_selectors (void)
{
  static const struct
  {
    const char *pattern, *name;
    gboolean match;
  } rows[] = {
    { "*", "vda", TRUE },
    { "*", "", TRUE },
    { "", "", TRUE },
    { "", "a", FALSE },
    { "vda", "vda", TRUE },
    { "vda", "vdab", FALSE },
    { "vda", "vd", FALSE },
    { "vd*", "vda", TRUE },
    { "vd*", "vd", TRUE },
    { "vd*", "sda", FALSE },
    { "*a", "vda", TRUE },
    { "*a", "vdb", FALSE },
    { "v*a", "vda", TRUE },
    { "v*a", "vdaXa", TRUE },
    { "v*a", "vdab", FALSE },
    { "*d*", "vda", TRUE },
    { "**", "vda", TRUE },
    { "*ab*ac", "abxabac", TRUE },
    { "?", "a", TRUE },
    { "?", "", FALSE },
    { "?", "ab", FALSE },
    { "vd?", "vda", TRUE },
    { "vd[ab]", "vdb", TRUE },
    { "vd[ab]", "vdc", FALSE },
    { "vd[a-c]", "vdb", TRUE },
    { "vd[a-c]", "vdd", FALSE },
    { "vd[!a]", "vdb", TRUE },
    { "vd[!a]", "vda", FALSE },
    { "[]a]", "]", TRUE },
    { "[]a]", "a", TRUE },
    { "[!]]", "]", FALSE },
    { "[!]]", "x", TRUE },
    { "[a-]", "-", TRUE },
    { "[", "[", TRUE },
    { "a[b", "a[b", TRUE },
    { "[]", "[]", TRUE },
    { "[!]", "[!]", TRUE },
    { "*[ab]", "xxb", TRUE },
    { "[ab]*", "bxx", TRUE },
    { "[ab]?[cd]*", "axcz", TRUE },
    { "eth0.1*", "eth0.100", TRUE },
    { "eth0.1*", "eth001", FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      if (vt_selector_match (rows[i].pattern, rows[i].name) != rows[i].match)
        g_error ("'%s' against '%s'", rows[i].pattern, rows[i].name);
    }
}

/* If the time grew exponentially with the number of stars, this test would not end. */
static void
test_selector_of_many_stars (void)
{
  g_autofree char *name = g_strnfill (250, 'a');
  g_autoptr (GString) pattern = g_string_new (NULL);

  for (guint i = 0; i < 100; i++)
    g_string_append (pattern, "*a");

  g_assert_true (vt_selector_match (pattern->str, name));
  g_string_append_c (pattern, 'b');
  g_assert_false (vt_selector_match (pattern->str, name));
}

static void
test_ranks (void)
{
  g_assert_cmpint (vt_selector_rank ("vda"), >, vt_selector_rank ("vd[abc]*a"));
  g_assert_cmpint (vt_selector_rank ("v"), >, vt_selector_rank ("vdabcdefg*"));
  g_assert_cmpint (vt_selector_rank ("vd*"), >, vt_selector_rank ("v*"));
  g_assert_cmpint (vt_selector_rank ("v*"), >, vt_selector_rank ("*"));
  g_assert_cmpint (vt_selector_rank ("vd?"), ==, vt_selector_rank ("vd*"));
  g_assert_cmpint (vt_selector_rank ("vd[abcdef]"), ==, vt_selector_rank ("vd*"));
  g_assert_cmpint (vt_selector_rank ("*"), ==, 0);
  g_assert_cmpint (vt_selector_rank ("a[b"), ==, vt_selector_rank ("x"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/selector/match", test_selectors);
  g_test_add_func ("/selector/many-stars", test_selector_of_many_stars);
  g_test_add_func ("/selector/rank", test_ranks);
  return g_test_run ();
}
