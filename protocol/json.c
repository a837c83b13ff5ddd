/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "protocol/json.h"

#include <string.h>

#include "protocol/error.h"
#include "protocol/json-tree.h"

static JsonNode *
bad_document (GError **error, const char *why)
{
  (void) vt_error_set (error, VT_ERROR_INVALID_ARGUMENT, "%s", why);
  return NULL;
}

JsonNode *
vt_json_parse (const char *text, gsize len, const VtScannerLimits *limits, GError **error)
{
  g_autoptr (VtScanner) scanner = vt_scanner_new (limits);
  g_autoptr (GError) fault = NULL;
  g_autoptr (JsonNode) node = NULL;
  const guint8 *data = (const guint8 *) text;

  /* On a channel the byte 0xff resets the scanner. In a document it is only invalid UTF-8. */
  if (memchr (text, 0xff, len) != NULL)
    return bad_document (error, "Invalid JSON: byte 0xff is not UTF-8");

  switch (vt_scanner_feed (scanner, &data, &len, &fault))
    {
    case VT_SCAN_FAULT:
      return bad_document (error, fault->message);
    case VT_SCAN_MORE:
      return bad_document (error, "Invalid JSON: the text ends before the object");
    case VT_SCAN_FRAME:
    default:
      break;
    }

  node = vt_json_tree_new (vt_scanner_get_frame (scanner, NULL));
  if (vt_scanner_feed (scanner, &data, &len, NULL) != VT_SCAN_MORE
      || vt_scanner_is_partial (scanner))
    return bad_document (error, "Invalid JSON: there is text after the object");

  return g_steal_pointer (&node);
}

const char *
vt_json_type_name (JsonNode *node)
{
  if (JSON_NODE_HOLDS_OBJECT (node))
    return "object";
  if (JSON_NODE_HOLDS_ARRAY (node))
    return "array";
  if (JSON_NODE_HOLDS_NULL (node))
    return "null";

  switch (json_node_get_value_type (node))
    {
    case G_TYPE_STRING:
      return "string";
    case G_TYPE_INT64:
      return "integer";
    case G_TYPE_BOOLEAN:
      return "boolean";
    default:
      return "number";
    }
}

/*
 * Finds the member and checks its type. *@ret_node is NULL if the member is
 * absent and not required.
 */
static gboolean
get_member (JsonObject *object,
            const char *member,
            const char *type,
            gboolean required,
            JsonNode **ret_node,
            GError **error)
{
  JsonNode *node = object == NULL ? NULL : json_object_get_member (object, member);
  const char *found;

  if (node == NULL && required)
    return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT, "Parameter '%s' is missing", member);

  found = node == NULL ? type : vt_json_type_name (node);
  if (!g_str_equal (found, type))
    return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT,
                         "Parameter '%s' is of type %s, expected: %s", member, found, type);

  *ret_node = node;
  return TRUE;
}

gboolean
vt_json_get_string (
    JsonObject *object, const char *member, gboolean required, const char **value, GError **error)
{
  JsonNode *node;

  if (!get_member (object, member, "string", required, &node, error))
    return FALSE;

  if (node != NULL)
    *value = json_node_get_string (node);

  return TRUE;
}

gboolean
vt_json_get_int (
    JsonObject *object, const char *member, gboolean required, gint64 *value, GError **error)
{
  JsonNode *node;

  if (!get_member (object, member, "integer", required, &node, error))
    return FALSE;

  if (node != NULL)
    *value = json_node_get_int (node);

  return TRUE;
}

gboolean
vt_json_get_bool (
    JsonObject *object, const char *member, gboolean required, gboolean *value, GError **error)
{
  JsonNode *node;

  if (!get_member (object, member, "boolean", required, &node, error))
    return FALSE;

  if (node != NULL)
    *value = json_node_get_boolean (node);

  return TRUE;
}

gboolean
vt_json_get_object (
    JsonObject *object, const char *member, gboolean required, JsonObject **value, GError **error)
{
  JsonNode *node;

  if (!get_member (object, member, "object", required, &node, error))
    return FALSE;

  if (node != NULL)
    *value = json_node_get_object (node);

  return TRUE;
}

gboolean
vt_json_get_array (
    JsonObject *object, const char *member, gboolean required, JsonArray **value, GError **error)
{
  JsonNode *node;

  if (!get_member (object, member, "array", required, &node, error))
    return FALSE;

  if (node != NULL)
    *value = json_node_get_array (node);

  return TRUE;
}
