/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "protocol/scanner.h"

#include "protocol/error.h"
#include "scan.h"

typedef struct
{
  const char *name;
  const char *bytes;
  const char *story;
} Case;

/* Octal escapes, because a hexadecimal escape would include the letters after it. */
#define FF             "\377"
#define BYTES(literal) literal, sizeof literal - 1

static const Case cases[] = {
  { "nothing", "", "" },
  { "blanks", " \t\r\n\n", "" },
  { "one", "{}", "[{}]" },
  { "one-line", "{\"a\":1}\n", "[{\"a\":1}]" },
  { "no-newline-between", "{\"a\":1}{\"b\":2}", "[{\"a\":1}][{\"b\":2}]" },
  { "several-on-a-line", "{} {\"b\":2}\t{}\n", "[{}][{\"b\":2}][{}]" },
  { "over-lines", "{\n\"a\"\r\n:\t1\n}\n", "[{\n\"a\"\r\n:\t1\n}]" },
  { "brace-in-string", "{\"a\":\"}{\"}{}", "[{\"a\":\"}{\"}][{}]" },
  { "quote-in-string", "{\"a\":\"\\\"}\"}{}", "[{\"a\":\"\\\"}\"}][{}]" },
  { "unfinished", "{\"a\":", "…" },
  { "unfinished-string", "{\"a\":\"x", "…" },
  { "finished-and-unfinished", "{}{", "[{}]…" },

  { "fault-drops-the-line", "{x} {}\n{}", "![{}]" },
  { "fault-drops-to-0xff", "{x} {}" FF "{}", "![{}]" },
  { "fault-at-the-newline", "{\"a\n{}", "![{}]" },
  { "fault-in-a-literal-at-the-newline", "{\"a\":tru\n{}", "![{}]" },
  { "one-fault-a-line", "]]]}}}\n[[[\n{}", "!![{}]" },
  { "fault-unterminated", "nonsense without end {} {}", "!" },
  { "brace-too-many", "{}}\n{}", "[{}]![{}]" },
  { "two-lines-of-two-faults", "x\ny\n{}", "!![{}]" },
  { "array", "[{}]\n{}", "![{}]" },
  { "number", "17\n{}", "![{}]" },
  { "string", "\"{}\"\n{}", "![{}]" },
  { "null", "null\n{}", "![{}]" },
  { "byte-order-mark", "\357\273\277{}\n{}", "![{}]" },
  { "utf-16",
    "{"
    "\001"
    "}\n{}",
    "![{}]" },
  { "comma-between", "{},{}\n{}", "[{}]![{}]" },

  { "0xff-alone", FF, "" },
  { "0xff-in-front", FF FF "{}", "[{}]" },
  { "0xff-behind", "{}" FF "{}", "[{}][{}]" },
  { "0xff-resets", "{\"a\":" FF "{}", "[{}]" },
  { "0xff-resets-in-a-string", "{\"a\":\"x" FF "{}", "[{}]" },
  { "0xff-resets-in-a-character", "{\"a\":\"\303" FF "{}", "[{}]" },
  { "0xff-resets-in-an-escape", "{\"a\":\"\\u00" FF "{}", "[{}]" },
  { "0xff-resets-in-a-number", "{\"a\":-" FF "{}", "[{}]" },
  { "0xff-forgets-keys", "{\"a\":1," FF "{\"a\":1}", "[{\"a\":1}]" },
  { "keys-of-the-last-frame", "{\"a\":1}{\"a\":1}", "[{\"a\":1}][{\"a\":1}]" },
};

static void
test_case (gconstpointer data)
{
  const Case *c = data;

  assert_story (&vt_scanner_request_limits, c->bytes, strlen (c->bytes), c->story);
}

static void
test_nul (void)
{
  assert_story (&vt_scanner_request_limits, BYTES ("{\"a\0\":1}\n{}"), "![{}]");
  assert_story (&vt_scanner_request_limits, BYTES ("\0\n{}"), "![{}]");
}

static void
test_max_frame (void)
{
  const VtScannerLimits limits = { 16, 4, 100 };

  assert_story (&limits, BYTES ("{\"a\":\"12345678\"}"), "[{\"a\":\"12345678\"}]");
  assert_story (&limits, BYTES ("{\"a\":\"123456789\"}\n{}"), "![{}]");
  assert_story (&limits, BYTES ("{               }\n{}"), "![{}]");
  assert_story (&limits, BYTES ("                                 {}"), "[{}]");
  assert_story (&limits, BYTES ("{\"a\":1234567890123"), "!");
}

static void
test_max_depth (void)
{
  const VtScannerLimits limits = { 1000, 3, 100 };

  assert_story (&limits, BYTES ("{\"a\":[[]]}"), "[{\"a\":[[]]}]");
  assert_story (&limits, BYTES ("{\"a\":[[[]]]}\n{}"), "![{}]");
  assert_story (&limits, BYTES ("{\"a\":{\"a\":{}},\"b\":[{}]}"),
                "[{\"a\":{\"a\":{}},\"b\":[{}]}]");
  assert_story (&limits, BYTES ("{\"a\":{\"a\":{\"a\":{}}}}"), "!");
}

static void
test_max_tokens (void)
{
  const VtScannerLimits limits = { 1000, 4, 7 };

  /* { key [ 1 2 ] } */
  assert_story (&limits, BYTES ("{\"a\":[1,2]}"), "[{\"a\":[1,2]}]");
  assert_story (&limits, BYTES ("{\"a\":[1,2,3]}\n{}"), "![{}]");
  assert_story (&limits, BYTES ("{\"a\":1,\"b\":2,\"c\":3}"), "!");
}

static void
test_published_limits (void)
{
  g_assert_cmpuint (vt_scanner_request_limits.max_frame, ==, 1024 * 1024);
  g_assert_cmpuint (vt_scanner_request_limits.max_depth, ==, 32);
  g_assert_cmpuint (vt_scanner_request_limits.max_tokens, ==, 65536);
  g_assert_cmpuint (vt_scanner_reply_limits.max_frame, ==, 8 * 1024 * 1024);
  g_assert_cmpuint (vt_scanner_reply_limits.max_depth, ==, 32);
  g_assert_cmpuint (vt_scanner_reply_limits.max_tokens, ==, 1024 * 1024);
}

static void
test_fault_has_position (void)
{
  g_autoptr (VtScanner) scanner = vt_scanner_new (&vt_scanner_request_limits);
  const guint8 *data = (const guint8 *) "  {\"a\": nil}";
  gsize len = strlen ((const char *) data);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (vt_scanner_feed (scanner, &data, &len, &error), ==, VT_SCAN_FAULT);
  g_assert_error (error, VT_ERROR, VT_ERROR_GENERIC);
  g_assert_cmpstr (error->message, ==,
                   "Invalid JSON at byte 7: expected true, false or null, found 'i'");
  g_assert_false (vt_scanner_is_partial (scanner));
}

static void
test_reset (void)
{
  g_autoptr (VtScanner) scanner = vt_scanner_new (&vt_scanner_request_limits);
  g_autoptr (GString) story = g_string_new (NULL);

  scan_piece (scanner, (const guint8 *) "{\"a\":[", 6, story);
  g_assert_true (vt_scanner_is_partial (scanner));
  vt_scanner_reset (scanner);
  g_assert_false (vt_scanner_is_partial (scanner));
  scan_piece (scanner, (const guint8 *) "{}", 2, story);
  vt_scanner_reset (scanner);
  scan_piece (scanner, (const guint8 *) "x", 1, story);
  vt_scanner_reset (scanner);
  scan_piece (scanner, (const guint8 *) "{}", 2, story);
  g_assert_cmpstr (story->str, ==, "[{}]![{}]");
}

/* A line beyond the limit is one fault, however long it is, and the next line is read. */
static void
test_endless_line (void)
{
  g_autoptr (VtScanner) scanner = vt_scanner_new (&vt_scanner_request_limits);
  g_autoptr (GString) story = g_string_new (NULL);
  g_autofree guint8 *block = g_malloc (65536);

  memset (block, 'x', 65536);
  scan_piece (scanner, (const guint8 *) "{\"a\":\"", 6, story);
  for (guint i = 0; i < 1024; i++)
    scan_piece (scanner, block, 65536, story);
  scan_piece (scanner, (const guint8 *) "\"}\n{}", 5, story);
  g_assert_cmpstr (story->str, ==, "![{}]");
}

/* "k0":0,"k1":0,… with the key @again once more at the end. */
static char *
many_keys (guint n, const char *again)
{
  GString *text = g_string_new ("{");

  for (guint i = 0; i < n; i++)
    g_string_append_printf (text, "\"k%u\":0,", i);

  g_string_append_printf (text, "\"%s\":0}", again);
  return g_string_free (text, FALSE);
}

static void
test_many_keys (void)
{
  const guint n = 20000;
  g_autofree char *fine = many_keys (n, "other");
  g_autofree char *first = many_keys (n, "k0");
  g_autofree char *last = many_keys (n, "k19999");
  g_autofree char *escaped = many_keys (n, "\\u006b1\\u0030000");
  const char *const twice[] = { first, last, escaped };
  g_autofree char *story = scan_story (&vt_scanner_request_limits, fine, strlen (fine), 0);

  g_assert_cmpuint (strlen (story), ==, strlen (fine) + 2);
  for (guint i = 0; i < G_N_ELEMENTS (twice); i++)
    {
      g_autofree char *text
          = scan_story (&vt_scanner_request_limits, twice[i], strlen (twice[i]), 0);

      g_assert_cmpstr (text, ==, "!");
    }
}

/* At the end of a nested object its keys are forgotten; those of the outer object are kept. */
static void
test_keys_of_levels (void)
{
  g_autoptr (GString) text = g_string_new ("{\"list\":[");
  g_autofree char *story = NULL;

  for (guint i = 0; i < 1000; i++)
    g_string_append (text, "{\"a\":1,\"b\":{\"a\":1,\"b\":2},\"list\":3},");

  g_string_append (text, "{}],\"a\":1,\"list\":2}");
  story = scan_story (&vt_scanner_request_limits, text->str, text->len, 0);
  g_assert_cmpstr (story, ==, "!");

  g_string_truncate (text, text->len - strlen (",\"list\":2}"));
  g_string_append (text, "}");
  g_free (story);
  story = scan_story (&vt_scanner_request_limits, text->str, text->len, 0);
  g_assert_cmpuint (strlen (story), ==, text->len + 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/scanner/story/", cases[i].name, NULL);

      g_test_add_data_func (path, &cases[i], test_case);
    }

  g_test_add_func ("/scanner/nul", test_nul);
  g_test_add_func ("/scanner/max-frame", test_max_frame);
  g_test_add_func ("/scanner/max-depth", test_max_depth);
  g_test_add_func ("/scanner/max-tokens", test_max_tokens);
  g_test_add_func ("/scanner/published-limits", test_published_limits);
  g_test_add_func ("/scanner/fault-has-position", test_fault_has_position);
  g_test_add_func ("/scanner/reset", test_reset);
  g_test_add_func ("/scanner/endless-line", test_endless_line);
  g_test_add_func ("/scanner/many-keys", test_many_keys);
  g_test_add_func ("/scanner/keys-of-levels", test_keys_of_levels);
  return g_test_run ();
}
