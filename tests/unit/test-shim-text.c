/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib.h>
#include <string.h>

#include "host-shim/escape.h"
#include "host-shim/size.h"
#include "host-shim/table.h"
#include "protocol/json.h"
#include "protocol/suggest.h"

typedef struct
{
  const char *in;
  const char *out;
} TextRow;

static void
test_escape (void)
{
  static const TextRow rows[] = {
    { "", "" },
    { "plain 100 % \\x1b äöü 漢字", "plain 100 % \\x1b äöü 漢字" },
    { "\x1b[2J\a\x7f", "\\x1b[2J\\x07\\x7f" },
    { "a\nb\tc\r", "a\\x0ab\\x09c\\x0d" },
    { "\xc2\x80\xc2\x9f\xc2\x9b", "\\x80\\x9f\\x9b" },
    { "\xe2\x80\xaa\xe2\x80\xae", "\\u202a\\u202e" },
    { "\xe2\x81\xa6\xe2\x81\xa9", "\\u2066\\u2069" },
    { "\xe2\x80\x8e\xe2\x80\x8f\xd8\x9c", "\\u200e\\u200f\\u061c" },
    { "\xe2\x80\xa8\xe2\x80\xa9\xef\xbb\xbf", "\\u2028\\u2029\\ufeff" },
    { "\xf3\xa0\x80\x81", "\\U000e0001" },
    { "a\xff\xfe"
      "b",
      "a\\xff\\xfeb" },
    { "\xc3", "\\xc3" },
    { "\xe2\x80", "\\xe2\\x80" },
    { "\xc0\xaf", "\\xc0\\xaf" },
    { "\xed\xa0\x80", "\\xed\\xa0\\x80" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *out = vt_escape (rows[i].in);

      g_assert_cmpstr (out, ==, rows[i].out);
    }
}

/* For each character, the output has no harmful character and is equal as JSON. */
static void
test_escape_json (void)
{
  for (gunichar c = 1; c <= 0x10ffff; c += c < 0x3000 ? 1 : 97)
    {
      g_autoptr (JsonObject) object = json_object_new ();
      g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), object);
      g_autoptr (JsonNode) back = NULL;
      g_autofree char *pretty = NULL, *safe = NULL;
      char text[8] = { 0 };

      if (c >= 0xd800 && c <= 0xdfff)
        continue;
      g_unichar_to_utf8 (c, text);
      json_object_set_string_member (object, "a", text);
      pretty = vt_json_to_pretty (node);
      safe = vt_escape_json (pretty);
      for (const char *p = safe; *p != '\0'; p = g_utf8_next_char (p))
        g_assert_true (*p == '\n'
                       || (!g_unichar_iscntrl (g_utf8_get_char (p))
                           && g_unichar_type (g_utf8_get_char (p)) != G_UNICODE_FORMAT));
      back = json_from_string (safe, NULL);
      g_assert_nonnull (back);
      g_assert_cmpstr (json_object_get_string_member (json_node_get_object (back), "a"), ==, text);
    }
}

static void
test_width (void)
{
  g_assert_cmpuint (vt_escape_width (""), ==, 0);
  g_assert_cmpuint (vt_escape_width ("abc"), ==, 3);
  g_assert_cmpuint (vt_escape_width ("漢字"), ==, 4);
  g_assert_cmpuint (vt_escape_width ("e\xcc\x81"), ==, 1);
}

static void
test_size (void)
{
  static const struct
  {
    guint64 bytes;
    const char *text;
  } rows[] = {
    { 0, "0 B" },
    { 1023, "1023 B" },
    { 1024, "1 KiB" },
    { 1536, "1.5 KiB" },
    { 134217728, "128 MiB" },
    { G_GUINT64_CONSTANT (8053063680), "7.5 GiB" },
    { G_GUINT64_CONSTANT (1073741823), "1023.9 MiB" },
    { G_MAXUINT64, "15.9 EiB" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *text = vt_size_to_string (rows[i].bytes);

      g_assert_cmpstr (text, ==, rows[i].text);
    }
}

static void
test_distance (void)
{
  static const struct
  {
    const char *a, *b;
    guint steps;
  } rows[] = {
    { "", "", 0 },
    { "", "abc", 3 },
    { "abc", "", 3 },
    { "abc", "abc", 0 },
    { "abc", "ab", 1 },
    { "abc", "axc", 1 },
    { "stauts", "status", 1 },
    { "ab", "ba", 1 },
    { "kitten", "sitting", 3 },
    { "set", "status", 4 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_assert_cmpuint (vt_suggest_distance (rows[i].a, rows[i].b), ==, rows[i].steps);
      g_assert_cmpuint (vt_suggest_distance (rows[i].b, rows[i].a), ==, rows[i].steps);
    }
}

static void
test_distance_of_long_words (void)
{
  g_autofree char *a = g_strnfill (1000, 'a'), *b = g_strnfill (5000, 'b');

  g_assert_cmpuint (vt_suggest_distance (a, b), ==, 64);
}

static void
test_suggest (void)
{
  static const char *const known[] = { "apply", "ping", "set", "status", NULL };
  static const TextRow rows[] = {
    { "stauts", "'status'" }, { "pign", "'ping'" }, { "s", "'set' or 'status'" },
    { "sett", "'set'" },      { "xyzzy", NULL },    { "", NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *out = vt_suggest (rows[i].in, known);

      g_assert_cmpstr (out, ==, rows[i].out);
    }
}

static void
test_table (void)
{
  static const char *const headings[] = { "KEY", "EMPTY", "VALUE", "REASON", NULL };
  static const char *const first[] = { "k", NULL, "漢", NULL };
  static const char *const second[] = { "longer", "", NULL, "because\x1b" };
  g_autoptr (VtTable) table = vt_table_new (headings);
  g_autofree char *empty = vt_table_to_string (table);
  g_autofree char *text = NULL;

  g_assert_cmpstr (empty, ==, "");
  vt_table_add (table, first);
  vt_table_add (table, second);
  g_assert_cmpuint (vt_table_n_rows (table), ==, 2);
  text = vt_table_to_string (table);
  g_assert_cmpstr (text, ==,
                   "KEY     VALUE  REASON\n"
                   "k       漢\n"
                   "longer         because\\x1b\n");
}

/* One wide cell makes only its own row longer, not every row. */
static void
test_table_wide (void)
{
  static const char *const headings[] = { "A", "B", NULL };
  static const char *const narrow[] = { "a", "b" };
  g_autofree char *wide = g_strnfill (1 << 20, 'x');
  const char *const first[] = { wide, "b" };
  g_autoptr (VtTable) table = vt_table_new (headings);
  g_autofree char *text = NULL;

  vt_table_add (table, first);
  for (guint i = 0; i < 1000; i++)
    vt_table_add (table, narrow);
  text = vt_table_to_string (table);
  g_assert_cmpuint (strlen (text), <, 2000 + 1002 * 70);
  g_assert_nonnull (strstr (text, "xx…  b\n"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/shim/escape/text", test_escape);
  g_test_add_func ("/shim/escape/json", test_escape_json);
  g_test_add_func ("/shim/escape/width", test_width);
  g_test_add_func ("/shim/size", test_size);
  g_test_add_func ("/shim/suggest/distance", test_distance);
  g_test_add_func ("/shim/suggest/long", test_distance_of_long_words);
  g_test_add_func ("/shim/suggest/words", test_suggest);
  g_test_add_func ("/shim/table/columns", test_table);
  g_test_add_func ("/shim/table/wide", test_table_wide);
  return g_test_run ();
}
