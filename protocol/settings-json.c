/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Converts settings to and from their JSON document. The error for a faulty
 * document lists all its faults, up to a bound, so that its author can correct
 * them at once.
 */

#include "config.h"

#include "protocol/settings.h"

#include <string.h>

#include "protocol/error.h"
#include "protocol/json.h"

#define FAULTS_MAX 16

typedef struct
{
  VtSettings *settings;
  GHashTable *keys; /* keys of the settings so far, to find duplicates */
  GString *faults;
  guint n_faults;
} Reader;

static void
add_fault (Reader *reader, const char *text)
{
  if (reader->n_faults++ >= FAULTS_MAX)
    return;

  if (reader->faults->len > 0)
    g_string_append (reader->faults, "; ");
  g_string_append (reader->faults, text);
}

static void
add_type_fault (Reader *reader, const char *key, JsonNode *node, const char *wanted)
{
  g_autofree char *printable = g_strescape (key, NULL);
  g_autofree char *text = g_strdup_printf ("%.300s: the value is of type %s, expected: %s",
                                           printable, vt_json_type_name (node), wanted);

  add_fault (reader, text);
}

static VtSetting *
read_setting (const char *key, JsonNode *node, GError **error)
{
  g_autofree char *digits = NULL;

  if (JSON_NODE_HOLDS_NULL (node))
    return vt_setting_new (key, NULL, FALSE, error);

  if (json_node_get_value_type (node) == G_TYPE_STRING)
    return vt_setting_new (key, json_node_get_string (node), FALSE, error);

  digits = g_strdup_printf ("%" G_GINT64_FORMAT, json_node_get_int (node));
  return vt_setting_new (key, digits, TRUE, error);
}

static void
read_value (Reader *reader, const char *key, JsonNode *node)
{
  g_autoptr (VtSetting) setting = NULL;
  g_autoptr (GError) error = NULL;
  const char *type = vt_json_type_name (node);

  if (!g_str_equal (type, "string") && !g_str_equal (type, "integer")
      && !g_str_equal (type, "null"))
    {
      add_type_fault (reader, key, node, "string, integer or null");
      return;
    }

  setting = read_setting (key, node, &error);
  if (setting != NULL && g_hash_table_contains (reader->keys, setting->key))
    (void) vt_error_set (&error, VT_ERROR_INVALID_ARGUMENT, "%s: given twice, in two spellings",
                         setting->key);

  if (error != NULL)
    {
      add_fault (reader, error->message);
      return;
    }

  g_hash_table_add (reader->keys, setting->key);
  g_ptr_array_add (reader->settings->list, g_steal_pointer (&setting));
}

/* Reads the members of a section, or of a device in it. */
static void
read_members (Reader *reader, const char *path, JsonObject *object, gboolean are_selectors)
{
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;

  json_object_iter_init_ordered (&iter, object);
  while (json_object_iter_next_ordered (&iter, &name, &node))
    {
      g_autofree char *key = g_strconcat (path, "/", name, NULL);

      if (!are_selectors)
        read_value (reader, key, node);
      else if (strchr (name, '/') != NULL)
        add_type_fault (reader, key, node, "a device's name without '/'");
      else if (!JSON_NODE_HOLDS_OBJECT (node))
        add_type_fault (reader, key, node, "object");
      else
        read_members (reader, key, json_node_get_object (node), FALSE);
    }
}

static void
read_sections (Reader *reader, JsonObject *object)
{
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;

  json_object_iter_init_ordered (&iter, object);
  while (json_object_iter_next_ordered (&iter, &name, &node))
    {
      gboolean has_selector = FALSE;
      g_autoptr (GError) error = NULL;

      if (!vt_settings_check_section (name, &has_selector, &error))
        add_fault (reader, error->message);
      else if (!JSON_NODE_HOLDS_OBJECT (node))
        add_type_fault (reader, name, node, "object");
      else
        read_members (reader, name, json_node_get_object (node), has_selector);
    }
}

VtSettings *
vt_settings_from_json (JsonObject *object, GError **error)
{
  g_autoptr (VtSettings) settings = vt_settings_new ();
  g_autoptr (GHashTable) keys = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GString) faults = g_string_new (NULL);
  Reader reader = { settings, keys, faults, 0 };

  read_sections (&reader, object);
  if (settings->list->len > VT_SETTINGS_MAX)
    {
      g_autofree char *text = g_strdup_printf ("more than %d settings", VT_SETTINGS_MAX);

      add_fault (&reader, text);
    }

  if (reader.n_faults > FAULTS_MAX)
    g_string_append_printf (faults, "; and %u more", reader.n_faults - FAULTS_MAX);

  if (reader.n_faults == 0)
    return g_steal_pointer (&settings);

  (void) vt_error_set (error, VT_ERROR_INVALID_ARGUMENT, "%s", faults->str);
  return NULL;
}

/* The object that is the member @name of @object. Adds it if it doesn't exist. */
static JsonObject *
descend (JsonObject *object, const char *name)
{
  if (!json_object_has_member (object, name))
    json_object_set_object_member (object, name, json_object_new ());

  return json_object_get_object_member (object, name);
}

JsonNode *
vt_settings_to_json (const VtSettings *settings)
{
  JsonObject *root = json_object_new ();
  JsonNode *node = json_node_init_object (json_node_alloc (), root);

  for (guint i = 0; i < settings->list->len; i++)
    {
      const VtSetting *setting = g_ptr_array_index (settings->list, i);
      JsonObject *object = descend (root, setting->section);

      if (setting->selector != NULL)
        object = descend (object, setting->selector);

      if (setting->value == NULL)
        json_object_set_null_member (object, setting->name);
      else if (setting->number)
        json_object_set_int_member (object, setting->name,
                                    g_ascii_strtoll (setting->value, NULL, 10));
      else
        json_object_set_string_member (object, setting->name, setting->value);
    }

  json_object_unref (root);
  return node;
}
