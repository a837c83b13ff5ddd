/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/state/hints-json.h"

#include "protocol/error.h"
#include "protocol/json.h"

static void
set_text (JsonObject *object, const char *member, const char *text)
{
  if (text != NULL)
    json_object_set_string_member (object, member, text);
}

JsonArray *
vt_hints_to_json (const VtHints *hints)
{
  JsonArray *array = json_array_new ();

  for (guint i = 0; i < hints->list->len; i++)
    {
      const VtHint *hint = g_ptr_array_index (hints->list, i);
      JsonObject *object = json_object_new ();

      set_text (object, "serial", hint->serial);
      set_text (object, "address", hint->address);
      set_text (object, "backing", vt_backing_word (hint->backing));
      if (hint->rotational != VT_ROTATIONAL_UNSAID)
        json_object_set_boolean_member (object, "rotational",
                                        hint->rotational == VT_ROTATIONAL_YES);
      json_array_add_object_element (array, object);
    }

  return array;
}

static gboolean
add_hint (VtHints *hints, JsonNode *node, GError **error)
{
  const char *serial = NULL;
  const char *address = NULL;
  const char *backing = NULL;
  gboolean turns = FALSE;
  VtRotational rotational = VT_ROTATIONAL_UNSAID;
  JsonObject *object;

  if (!JSON_NODE_HOLDS_OBJECT (node))
    return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT, "a hint is an object");

  object = json_node_get_object (node);
  if (!vt_json_get_string (object, "serial", FALSE, &serial, error)
      || !vt_json_get_string (object, "address", FALSE, &address, error)
      || !vt_json_get_string (object, "backing", FALSE, &backing, error)
      || !vt_json_get_bool (object, "rotational", FALSE, &turns, error))
    return FALSE;

  if (json_object_has_member (object, "rotational"))
    rotational = turns ? VT_ROTATIONAL_YES : VT_ROTATIONAL_NO;

  return vt_hints_add (hints, serial, address, backing, rotational, error);
}

VtHints *
vt_hints_from_json (JsonArray *array, GError **error)
{
  g_autoptr (VtHints) hints = vt_hints_new ();

  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      if (!add_hint (hints, json_array_get_element (array, i), error))
        return NULL;
    }

  return g_steal_pointer (&hints);
}
