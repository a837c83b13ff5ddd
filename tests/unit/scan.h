/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The results of a scanner as one text, so that tests compare strings: a frame
 * is itself between brackets, a fault is '!', an unfinished frame is '…' at
 * the end.
 */

#include <string.h>

#include "protocol/scanner.h"

static inline void
scan_piece (VtScanner *scanner, const guint8 *data, gsize len, GString *story)
{
  VtScanResult result;

  do
    {
      g_autoptr (GError) error = NULL;
      gsize before = len, frame_len = 0;

      result = vt_scanner_feed (scanner, &data, &len, &error);
      g_assert_true ((result == VT_SCAN_FAULT) == (error != NULL));
      g_assert_true (result == VT_SCAN_MORE || len < before);
      if (result == VT_SCAN_FAULT)
        g_string_append_c (story, '!');

      if (result == VT_SCAN_FRAME)
        {
          const char *frame = vt_scanner_get_frame (scanner, &frame_len);

          g_assert_cmpuint (strlen (frame), ==, frame_len);
          g_string_append_printf (story, "[%s]", frame);
        }
    }
  while (result != VT_SCAN_MORE);

  g_assert_cmpuint (len, ==, 0);
}

/* Scans all in two pieces, or in one if @split is @len. */
static inline char *
scan_story (const VtScannerLimits *limits, const char *bytes, gsize len, gsize split)
{
  g_autoptr (VtScanner) scanner = vt_scanner_new (limits);
  GString *story = g_string_new (NULL);

  scan_piece (scanner, (const guint8 *) bytes, split, story);
  scan_piece (scanner, (const guint8 *) bytes + split, len - split, story);
  if (vt_scanner_is_partial (scanner))
    g_string_append (story, "…");

  return g_string_free (story, FALSE);
}

static inline char *
scan_bytewise (const VtScannerLimits *limits, const char *bytes, gsize len)
{
  g_autoptr (VtScanner) scanner = vt_scanner_new (limits);
  GString *story = g_string_new (NULL);

  for (gsize i = 0; i < len; i++)
    scan_piece (scanner, (const guint8 *) bytes + i, 1, story);

  if (vt_scanner_is_partial (scanner))
    g_string_append (story, "…");

  return g_string_free (story, FALSE);
}

/* Asserts that the result is the same for the whole text, any two pieces, and single bytes. */
static inline void
assert_story (const VtScannerLimits *limits, const char *bytes, gsize len, const char *expected)
{
  g_autofree char *single = scan_bytewise (limits, bytes, len);

  g_assert_cmpstr (single, ==, expected);
  for (gsize split = 0; split <= len; split++)
    {
      g_autofree char *story = scan_story (limits, bytes, len, split);

      g_assert_cmpstr (story, ==, expected);
    }
}
