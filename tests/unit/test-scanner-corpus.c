/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib.h>

#include "json-corpus.h"
#include "protocol/error.h"
#include "protocol/json.h"
#include "scan.h"

/* Removes the white space before and after a frame, which is not part of it. */
static char *
strip (const char *bytes, gsize len)
{
  g_autofree char *text = g_strndup (bytes, len);

  return g_strdup (g_strstrip (text));
}

/* The parser accepts each text that the scanner accepts; printing and parsing it again gives the
 * same. */
static void
assert_parses (const CorpusRow *row)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node
      = vt_json_parse (row->bytes, row->len, &vt_scanner_request_limits, &error);
  g_autoptr (JsonNode) again = NULL;
  g_autofree char *text = NULL;

  g_assert_no_error (error);
  g_assert_nonnull (node);
  text = vt_json_to_string (node);
  again = vt_json_parse (text, strlen (text), &vt_scanner_request_limits, &error);
  g_assert_no_error (error);
  g_assert_true (json_node_equal (node, again));
}

static void
assert_does_not_parse (const CorpusRow *row)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node
      = vt_json_parse (row->bytes, row->len, &vt_scanner_request_limits, &error);

  g_assert_error (error, VT_ERROR, VT_ERROR_INVALID_ARGUMENT);
  g_assert_null (node);
}

static void
test_row (gconstpointer data)
{
  const CorpusRow *row = data;
  g_autoptr (GString) bytes = g_string_new_len (row->bytes, row->len);
  g_autofree char *frame = strip (row->bytes, row->len);
  g_autofree char *accepted = g_strconcat ("[", frame, "]", NULL);
  g_autofree char *and_more = g_strconcat (accepted, "[{}]", NULL);

  switch (row->verdict)
    {
    case YES:
      assert_story (&vt_scanner_request_limits, row->bytes, row->len, accepted);
      g_string_append (bytes, "{}");
      assert_story (&vt_scanner_request_limits, bytes->str, bytes->len, and_more);
      assert_parses (row);
      break;
    case NO:
      assert_story (&vt_scanner_request_limits, row->bytes, row->len, "!");
      g_string_append (bytes, "{}\n{}");
      assert_story (&vt_scanner_request_limits, bytes->str, bytes->len, "![{}]");
      assert_does_not_parse (row);
      break;
    case CUT:
    default:
      assert_story (&vt_scanner_request_limits, row->bytes, row->len, "…");
      g_string_append (bytes, "\377{}");
      assert_story (&vt_scanner_request_limits, bytes->str, bytes->len, "[{}]");
      assert_does_not_parse (row);
      break;
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (corpus); i++)
    {
      g_autofree char *path = g_strconcat ("/scanner-corpus/", corpus[i].name, NULL);

      g_test_add_data_func (path, &corpus[i], test_row);
    }

  return g_test_run ();
}
