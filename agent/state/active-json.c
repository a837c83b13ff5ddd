/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/state/active.h"

#include "agent/state/hints-json.h"
#include "protocol/error.h"
#include "protocol/json.h"

static JsonObject *
level_to_json (const VtActiveLevel *level)
{
  g_autoptr (GList) forced
      = g_list_sort (g_hash_table_get_keys (level->forced), (GCompareFunc) strcmp);
  JsonObject *object = json_object_new ();
  JsonArray *array = json_array_new ();

  if (level->profile != NULL)
    json_object_set_string_member (object, "profile", level->profile);
  json_object_set_boolean_member (object, "profile-forced", level->profile_forced);
  json_object_set_member (object, "settings", vt_settings_to_json (level->settings));
  for (GList *l = forced; l != NULL; l = l->next)
    json_array_add_string_element (array, l->data);
  json_object_set_array_member (object, "forced", array);

  return object;
}

static gboolean
level_from_json (VtActiveLevel *level, JsonObject *object, GError **error)
{
  const char *profile = NULL;
  JsonObject *document = NULL;
  JsonArray *forced = NULL;
  VtSettings *settings;

  if (!vt_json_get_string (object, "profile", FALSE, &profile, error)
      || !vt_json_get_bool (object, "profile-forced", TRUE, &level->profile_forced, error)
      || !vt_json_get_object (object, "settings", TRUE, &document, error)
      || !vt_json_get_array (object, "forced", TRUE, &forced, error))
    return FALSE;

  settings = vt_settings_from_json (document, error);
  if (settings == NULL)
    return FALSE;

  vt_settings_free (level->settings);
  level->settings = settings;
  level->profile = g_strdup (profile);

  for (guint i = 0; i < json_array_get_length (forced); i++)
    {
      JsonNode *node = json_array_get_element (forced, i);

      if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_STRING)
        return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT, "forced holds a %s, no string",
                             vt_json_type_name (node));

      g_hash_table_add (level->forced, json_node_dup_string (node));
    }

  return TRUE;
}

JsonObject *
vt_active_to_json (const VtActive *active)
{
  JsonObject *object = json_object_new ();

  json_object_set_boolean_member (object, "rolled-back", active->rolled_back);
  json_object_set_object_member (object, "stored", level_to_json (&active->stored));
  json_object_set_object_member (object, "transient", level_to_json (&active->transient));
  json_object_set_array_member (object, "hints", vt_hints_to_json (active->hints));

  return object;
}

static gboolean
read_content (VtActive *active, JsonObject *content, GError **error)
{
  JsonObject *stored = NULL;
  JsonObject *transient = NULL;
  JsonArray *array = NULL;
  VtHints *hints;

  if (!vt_json_get_bool (content, "rolled-back", TRUE, &active->rolled_back, error)
      || !vt_json_get_object (content, "stored", TRUE, &stored, error)
      || !vt_json_get_object (content, "transient", TRUE, &transient, error)
      || !level_from_json (&active->stored, stored, error)
      || !vt_json_get_array (content, "hints", FALSE, &array, error)
      || !level_from_json (&active->transient, transient, error))
    return FALSE;

  if (array != NULL)
    {
      hints = vt_hints_from_json (array, error);
      if (hints == NULL)
        return FALSE;
      vt_hints_free (active->hints);
      active->hints = hints;
    }

  return TRUE;
}

VtActive *
vt_active_from_json (JsonObject *content, GError **error)
{
  g_autoptr (VtActive) active = vt_active_new (NULL);

  return read_content (active, content, error) ? g_steal_pointer (&active) : NULL;
}

static char *
active_to_text (const VtActive *active)
{
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);

  json_node_take_object (node, vt_active_to_json (active));

  return vt_json_to_string (node);
}

gboolean
vt_active_check (const VtActive *active, GError **error)
{
  g_autofree char *text = active_to_text (active);

  if (active->stored.settings->list->len > VT_SETTINGS_MAX
      || active->transient.settings->list->len > VT_SETTINGS_MAX)
    return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT,
                         "with these there would be more than %d settings; remove others first",
                         VT_SETTINGS_MAX);
  if (strlen (text) > VT_ACTIVE_MAX)
    return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT,
                         "with these, the active settings would be larger than %d bytes; remove "
                         "settings or hints first",
                         VT_ACTIVE_MAX);

  return TRUE;
}

gboolean
vt_active_equal (const VtActive *a, const VtActive *b)
{
  g_autofree char *first = active_to_text (a);
  g_autofree char *second = active_to_text (b);

  return g_str_equal (first, second);
}
