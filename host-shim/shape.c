/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host-shim/shape.h"

#include "host-shim/exit.h"
#include "protocol/json.h"

struct VtShape
{
  const char *command;
  char *fault; /* the first one; NULL: none */
  JsonObject *empty_object;
  JsonArray *empty_list;
  GStringChunk *texts; /* integers in decimal */
};

VtShape *
vt_shape_new (const char *command)
{
  VtShape *shape = g_new0 (VtShape, 1);

  shape->command = command;
  shape->empty_object = json_object_new ();
  shape->empty_list = json_array_new ();
  shape->texts = g_string_chunk_new (256);
  return shape;
}

void
vt_shape_free (VtShape *shape)
{
  g_free (shape->fault);
  json_object_unref (shape->empty_object);
  json_array_unref (shape->empty_list);
  g_string_chunk_free (shape->texts);
  g_free (shape);
}

void
vt_shape_fault (VtShape *shape, const char *format, ...)
{
  va_list args;

  if (shape->fault != NULL)
    return;
  va_start (args, format);
  shape->fault = g_strdup_vprintf (format, args);
  va_end (args);
}

gboolean
vt_shape_check (VtShape *shape, GError **error)
{
  if (shape->fault == NULL)
    return TRUE;
  return vt_exit_set (error, VT_EXIT_PROTOCOL, "the guest's reply to '%s' has the wrong shape: %s",
                      shape->command, shape->fault);
}

/* Reports @error, which may be NULL, as a fault. */
static void
report_error (VtShape *shape, GError *error)
{
  if (error != NULL)
    vt_shape_fault (shape, "%s", error->message);
}

static JsonArray *
limit_list (VtShape *shape, JsonArray *list)
{
  if (list == NULL)
    return shape->empty_list;
  if (json_array_get_length (list) <= VT_SHAPE_LIST_MAX)
    return list;
  vt_shape_fault (shape, "a list has more than %d entries", VT_SHAPE_LIST_MAX);
  return shape->empty_list;
}

JsonObject *
vt_shape_root_object (VtShape *shape, JsonNode *ret)
{
  if (JSON_NODE_HOLDS_OBJECT (ret))
    return json_node_get_object (ret);
  vt_shape_fault (shape, "it is %s, not an object", vt_json_type_name (ret));
  return shape->empty_object;
}

JsonArray *
vt_shape_root_list (VtShape *shape, JsonNode *ret)
{
  if (JSON_NODE_HOLDS_ARRAY (ret))
    return limit_list (shape, json_node_get_array (ret));
  vt_shape_fault (shape, "it is %s, not a list", vt_json_type_name (ret));
  return shape->empty_list;
}

static const char *
read_string (VtShape *shape, JsonObject *object, const char *member, gboolean required)
{
  g_autoptr (GError) error = NULL;
  const char *value = NULL;

  if (!vt_json_get_string (object, member, required, &value, &error))
    report_error (shape, error);
  return value;
}

const char *
vt_shape_string (VtShape *shape, JsonObject *object, const char *member)
{
  const char *value = read_string (shape, object, member, TRUE);

  return value != NULL ? value : "";
}

const char *
vt_shape_optional_string (VtShape *shape, JsonObject *object, const char *member)
{
  return read_string (shape, object, member, FALSE);
}

const char *
vt_shape_optional_value (VtShape *shape, JsonObject *object, const char *member)
{
  JsonNode *node = json_object_get_member (object, member);
  char text[24];

  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node)
      || json_node_get_value_type (node) != G_TYPE_INT64)
    return read_string (shape, object, member, FALSE);
  g_snprintf (text, sizeof text, "%" G_GINT64_FORMAT, json_node_get_int (node));
  return g_string_chunk_insert (shape->texts, text);
}

gint64
vt_shape_count (VtShape *shape, JsonObject *object, const char *member)
{
  g_autoptr (GError) error = NULL;
  gint64 value = 0;

  if (!vt_json_get_int (object, member, TRUE, &value, &error))
    report_error (shape, error);
  if (value < 0)
    vt_shape_fault (shape, "'%s' is negative", member);
  return MAX (value, 0);
}

static gboolean
read_bool (VtShape *shape, JsonObject *object, const char *member, gboolean required)
{
  g_autoptr (GError) error = NULL;
  gboolean value = FALSE;

  if (!vt_json_get_bool (object, member, required, &value, &error))
    report_error (shape, error);
  return value;
}

gboolean
vt_shape_bool (VtShape *shape, JsonObject *object, const char *member)
{
  return read_bool (shape, object, member, TRUE);
}

gint64
vt_shape_optional_count (VtShape *shape, JsonObject *object, const char *member)
{
  return json_object_has_member (object, member) ? vt_shape_count (shape, object, member) : 0;
}

gboolean
vt_shape_optional_bool (VtShape *shape, JsonObject *object, const char *member)
{
  return read_bool (shape, object, member, FALSE);
}

static JsonObject *
read_object (VtShape *shape, JsonObject *object, const char *member, gboolean required)
{
  g_autoptr (GError) error = NULL;
  JsonObject *value = NULL;

  if (!vt_json_get_object (object, member, required, &value, &error))
    report_error (shape, error);
  return value;
}

JsonObject *
vt_shape_object (VtShape *shape, JsonObject *object, const char *member)
{
  JsonObject *value = read_object (shape, object, member, TRUE);

  return value != NULL ? value : shape->empty_object;
}

JsonObject *
vt_shape_optional_object (VtShape *shape, JsonObject *object, const char *member)
{
  return read_object (shape, object, member, FALSE);
}

static JsonArray *
read_list (VtShape *shape, JsonObject *object, const char *member, gboolean required)
{
  g_autoptr (GError) error = NULL;
  JsonArray *value = NULL;

  if (!vt_json_get_array (object, member, required, &value, &error))
    report_error (shape, error);
  return limit_list (shape, value);
}

JsonArray *
vt_shape_list (VtShape *shape, JsonObject *object, const char *member)
{
  return read_list (shape, object, member, TRUE);
}

JsonArray *
vt_shape_optional_list (VtShape *shape, JsonObject *object, const char *member)
{
  return read_list (shape, object, member, FALSE);
}

JsonObject *
vt_shape_item (VtShape *shape, JsonArray *list, guint index)
{
  JsonNode *node = json_array_get_element (list, index);

  if (JSON_NODE_HOLDS_OBJECT (node))
    return json_node_get_object (node);
  vt_shape_fault (shape, "entry %u of a list is %s, not an object", index,
                  vt_json_type_name (node));
  return shape->empty_object;
}

const char *
vt_shape_item_string (VtShape *shape, JsonArray *list, guint index)
{
  JsonNode *node = json_array_get_element (list, index);

  if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING)
    return json_node_get_string (node);
  vt_shape_fault (shape, "entry %u of a list is %s, not a string", index, vt_json_type_name (node));
  return "";
}
