/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Any reply that a guest may send to the shim; valid replies are printed and read again. */

#include "config.h"

#include <string.h>

#include "fuzz.h"
#include "protocol/json.h"
#include "protocol/message.h"

/* The node is the same after it was printed, in either format, and read again. */
static void
check_print (JsonNode *node)
{
  g_autofree char *line = vt_json_to_string (node);
  g_autofree char *pretty = vt_json_to_pretty (node);
  const char *const texts[] = { line, pretty };

  g_assert_null (strchr (line, '\n'));
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      /* With escapes and indentation, the text may be longer than the limit of a reply. */
      const VtScannerLimits limits = { 1 << 30, 32, 1 << 20 };
      g_autoptr (GError) error = NULL;
      g_autoptr (JsonNode) again = vt_json_parse (texts[i], strlen (texts[i]), &limits, &error);

      g_assert_no_error (error);
      g_assert_true (json_node_equal (node, again));
    }
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VtReply) reply = NULL;
  g_autoptr (JsonNode) node
      = vt_json_parse ((const char *) data, size, &vt_scanner_reply_limits, &error);

  if (node == NULL)
    return 0;

  check_print (node);
  reply = vt_reply_from_json (node, &error);
  if (reply != NULL)
    g_assert_cmpint ((reply->ret != NULL) + (reply->fault != NULL) + (reply->event != NULL), ==, 1);
  else
    g_assert_nonnull (error);

  return 0;
}
