/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Any request that a host may send, up to the point where a command would run:
 * it is read and checked against the table, and its settings are read. The line
 * of the reply must be valid for our own client, and have the request's id.
 */

#include "config.h"

#include <string.h>

#include "fuzz.h"
#include "protocol/json.h"
#include "protocol/message.h"
#include "protocol/schema.h"
#include "protocol/settings.h"

static void
check_line (const char *line, JsonNode *id)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = vt_json_parse (line, strlen (line), &vt_scanner_reply_limits, &error);
  g_autoptr (VtReply) reply = NULL;

  g_assert_no_error (error);
  g_assert_true (strchr (line, '\n') == line + strlen (line) - 1);
  reply = vt_reply_from_json (node, &error);
  g_assert_no_error (error);
  g_assert_true (id == NULL ? reply->id == NULL : json_node_equal (reply->id, id));
}

static gboolean
check_arguments (const VtRequest *request, GError **error)
{
  const VtCommandSpec *spec = vt_schema_find (request->execute);
  g_autoptr (VtSettings) settings = NULL;
  JsonObject *document = NULL;

  if (spec == NULL || !vt_schema_check (spec, request->arguments, error)
      || !vt_json_get_object (request->arguments, "settings", FALSE, &document, error))
    return FALSE;

  settings = document != NULL ? vt_settings_from_json (document, error) : vt_settings_new ();
  return settings != NULL;
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) id = NULL;
  g_autoptr (VtRequest) request = NULL;
  g_autofree char *line = NULL;
  g_autoptr (JsonNode) node
      = vt_json_parse ((const char *) data, size, &vt_scanner_request_limits, &error);

  if (node == NULL)
    return 0;

  request = vt_request_from_json (node, &id, &error);
  if (request != NULL)
    (void) check_arguments (request, &error);

  line = error != NULL ? vt_error_to_line (error, NULL, id) : vt_reply_to_line (NULL, id);
  check_line (line, id);
  return 0;
}
