/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A scanner with small limits. Its result must not depend on how the input is
 * split, each step must consume a byte, and json-glib's parser must accept each
 * frame and read the same tree from it.
 */

#include "config.h"

#include <string.h>

#include "fuzz.h"
#include "protocol/json-tree.h"
#include "protocol/scanner.h"

static const VtScannerLimits tight = { 512, 6, 64 };

static void
check_frame (VtScanner *scanner, GString *story)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = NULL;
  g_autoptr (JsonNode) theirs = NULL;
  gsize len = 0;
  const char *frame = vt_scanner_get_frame (scanner, &len);

  g_assert_cmpuint (len, <=, tight.max_frame);
  g_assert_cmpuint (strlen (frame), ==, len);
  g_assert_true (g_utf8_validate (frame, -1, NULL));
  node = vt_json_tree_new (frame);
  theirs = json_from_string (frame, &error);
  g_assert_no_error (error);
  g_assert_true (json_node_equal (node, theirs));
  g_string_append_printf (story, "[%s]", frame);
}

/* Feeds pieces of @step bytes. Returns: the scanner's results as text */
static char *
tell (const guint8 *data, gsize size, gsize step)
{
  g_autoptr (VtScanner) scanner = vt_scanner_new (&tight);
  GString *story = g_string_new (NULL);

  while (size > 0)
    {
      gsize piece = MIN (step, size), left = piece;
      g_autoptr (GError) error = NULL;
      VtScanResult result = vt_scanner_feed (scanner, &data, &left, &error);

      g_assert_cmpuint (left, <, piece);
      g_assert_true ((result == VT_SCAN_FAULT) == (error != NULL));
      g_assert_true (result != VT_SCAN_MORE || left == 0);
      size -= piece - left;
      if (result == VT_SCAN_FRAME)
        check_frame (scanner, story);
      if (result == VT_SCAN_FAULT)
        g_string_append_c (story, '!');
    }

  g_string_append_c (story, vt_scanner_is_partial (scanner) ? '~' : '.');
  return g_string_free (story, FALSE);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *whole = tell (data, size, G_MAXSIZE);
  g_autofree char *bytes = tell (data, size, 1);
  g_autofree char *pieces = tell (data, size, 7);

  g_assert_cmpstr (whole, ==, bytes);
  g_assert_cmpstr (whole, ==, pieces);
  return 0;
}
