/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/engine/active.h"

#include "agent/engine/hints-json.h"
#include "agent/engine/store.h"
#include "protocol/error.h"
#include "protocol/json.h"

static void
level_init (VtActiveLevel *level)
{
  level->profile = NULL;
  level->profile_forced = FALSE;
  level->settings = vt_settings_new ();
  level->forced = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

static void
level_clear (VtActiveLevel *level)
{
  g_clear_pointer (&level->profile, g_free);
  g_clear_pointer (&level->settings, vt_settings_free);
  g_clear_pointer (&level->forced, g_hash_table_unref);
}

static void
level_reset (VtActiveLevel *level)
{
  level_clear (level);
  level_init (level);
}

static void
level_copy (VtActiveLevel *to, const VtActiveLevel *from)
{
  GHashTableIter iter;
  gpointer key;

  level_clear (to);
  to->profile = g_strdup (from->profile);
  to->profile_forced = from->profile_forced;
  to->settings = vt_settings_copy (from->settings);
  to->forced = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  g_hash_table_iter_init (&iter, from->forced);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    g_hash_table_add (to->forced, g_strdup (key));
}

VtActive *
vt_active_new (const char *default_profile)
{
  VtActive *active = g_new0 (VtActive, 1);

  active->refs = 1;
  level_init (&active->kept);
  level_init (&active->transient);
  active->hints = vt_hints_new ();
  if (default_profile != NULL && *default_profile != '\0')
    active->kept.profile = g_strdup (default_profile);

  return active;
}

VtActive *
vt_active_new_rolled_back (void)
{
  VtActive *active = vt_active_new (NULL);

  active->rolled_back = TRUE;

  return active;
}

VtActive *
vt_active_ref (VtActive *active)
{
  g_atomic_int_inc (&active->refs);

  return active;
}

void
vt_active_unref (VtActive *active)
{
  if (!g_atomic_int_dec_and_test (&active->refs))
    return;

  level_clear (&active->kept);
  level_clear (&active->transient);
  vt_hints_free (active->hints);
  g_free (active);
}

/* Takes the keys of @over out of @level. */
static void
level_remove (VtActiveLevel *level, const VtSettings *over)
{
  g_autoptr (VtSettings) nulls = vt_settings_copy (over);

  for (guint i = 0; i < nulls->list->len; i++)
    {
      VtSetting *setting = g_ptr_array_index (nulls->list, i);

      g_clear_pointer (&setting->value, g_free);
      g_hash_table_remove (level->forced, setting->key);
    }

  vt_settings_merge (level->settings, nulls);
}

static void
level_merge (VtActiveLevel *level, const VtSettings *over, gboolean forced)
{
  vt_settings_merge (level->settings, over);

  for (guint i = 0; i < over->list->len; i++)
    {
      const VtSetting *setting = g_ptr_array_index (over->list, i);

      if (forced && setting->value != NULL)
        g_hash_table_add (level->forced, g_strdup (setting->key));
      else
        g_hash_table_remove (level->forced, setting->key);
    }
}

/* Whether @overlay says something of an attribute that @setting may mean too. */
static gboolean
level_may_hide (const VtActiveLevel *overlay, const VtSetting *setting)
{
  if (overlay->profile != NULL)
    return TRUE;

  for (guint i = 0; i < overlay->settings->list->len; i++)
    {
      const VtSetting *other = g_ptr_array_index (overlay->settings->list, i);

      if (g_str_equal (other->section, setting->section)
          && g_str_equal (other->name, setting->name))
        return TRUE;
    }

  return FALSE;
}

/*
 * What is meant to last is not to be hidden by what is not: it takes its place in the overlay, and
 * where that would hide it nevertheless, it stands there too.
 */
static void
level_give_way (VtActiveLevel *overlay, const VtSettings *lasting, gboolean forced)
{
  g_autoptr (VtSettings) hidden = vt_settings_new ();

  level_remove (overlay, lasting);
  for (guint i = 0; i < lasting->list->len; i++)
    {
      const VtSetting *setting = g_ptr_array_index (lasting->list, i);

      if (setting->value != NULL && level_may_hide (overlay, setting))
        g_ptr_array_add (hidden->list, vt_setting_copy (setting));
    }

  level_merge (overlay, hidden, forced);
}

VtActive *
vt_active_with (const VtActive *active, const VtApplyRequest *request)
{
  VtActive *next = vt_active_new (NULL);
  VtActiveLevel *level = request->transient ? &next->transient : &next->kept;

  level_copy (&next->kept, &active->kept);
  level_copy (&next->transient, &active->transient);
  next->apply_id = active->apply_id;
  next->rolled_back = active->rolled_back && request->transient;
  vt_hints_free (next->hints);
  next->hints = vt_hints_copy (request->hints != NULL ? request->hints : active->hints);

  if (request->profile != NULL)
    {
      if (!request->transient)
        level_reset (&next->transient);
      level_reset (level);
      level->profile = g_strdup (request->profile);
      level->profile_forced = request->forced;
    }

  if (request->settings != NULL)
    {
      if (!request->transient)
        level_give_way (&next->transient, request->settings, request->forced);
      level_merge (level, request->settings, request->forced);
    }

  return next;
}

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
        return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT, "forced holds no string");

      g_hash_table_add (level->forced, json_node_dup_string (node));
    }

  return TRUE;
}

JsonObject *
vt_active_to_json (const VtActive *active, const char *boot_id)
{
  JsonObject *object = json_object_new ();

  json_object_set_int_member (object, "apply-id", (gint64) active->apply_id);
  json_object_set_boolean_member (object, "rolled-back", active->rolled_back);
  json_object_set_object_member (object, "kept", level_to_json (&active->kept));
  json_object_set_object_member (object, "transient", level_to_json (&active->transient));
  json_object_set_array_member (object, "hints", vt_hints_to_json (active->hints));
  json_object_set_string_member (object, "boot-id", boot_id);

  return object;
}

static gboolean
read_content (VtActive *active, JsonObject *content, const char *boot_id, GError **error)
{
  const char *stored_boot_id = NULL;
  JsonObject *kept = NULL;
  JsonObject *transient = NULL;
  JsonArray *array = NULL;
  gint64 apply_id = 0;
  VtHints *hints;

  if (!vt_json_get_int (content, "apply-id", FALSE, &apply_id, error)
      || !vt_json_get_bool (content, "rolled-back", TRUE, &active->rolled_back, error)
      || !vt_json_get_object (content, "kept", TRUE, &kept, error)
      || !vt_json_get_object (content, "transient", TRUE, &transient, error)
      || !vt_json_get_string (content, "boot-id", TRUE, &stored_boot_id, error)
      || !level_from_json (&active->kept, kept, error)
      || !vt_json_get_array (content, "hints", FALSE, &array, error)
      || !level_from_json (&active->transient, transient, error))
    return FALSE;

  active->apply_id = (guint64) MAX (0, apply_id);
  if (array != NULL)
    {
      hints = vt_hints_from_json (array, error);
      if (hints == NULL)
        return FALSE;
      vt_hints_free (active->hints);
      active->hints = hints;
    }

  if (!g_str_equal (stored_boot_id, boot_id))
    level_reset (&active->transient);

  return TRUE;
}

VtActive *
vt_active_from_json (JsonObject *content, const char *boot_id, GError **error)
{
  g_autoptr (VtActive) active = vt_active_new (NULL);

  return read_content (active, content, boot_id, error) ? g_steal_pointer (&active) : NULL;
}

VtActive *
vt_active_load (const char *folder,
                const char *boot_id,
                const char *default_profile,
                GError **error)
{
  g_autoptr (JsonObject) content = NULL;
  g_autoptr (GError) fault = NULL;
  VtActive *active;

  if (!vt_store_load (folder, VT_ACTIVE_FILE, &content, error))
    return NULL;
  if (content == NULL)
    return vt_active_new (default_profile);

  active = vt_active_from_json (content, boot_id, &fault);
  if (active != NULL)
    return active;

  return vt_store_set_aside (folder, VT_ACTIVE_FILE, fault->message, error)
             ? vt_active_new (default_profile)
             : NULL;
}

gboolean
vt_active_save (const VtActive *active, const char *folder, const char *boot_id, GError **error)
{
  g_autoptr (JsonObject) content = vt_active_to_json (active, boot_id);

  return vt_store_save (folder, VT_ACTIVE_FILE, content, VT_STORE_DURABLE, error);
}

static char *
active_to_text (const VtActive *active)
{
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  JsonObject *object = vt_active_to_json (active, "");

  json_object_remove_member (object, "apply-id");
  json_node_take_object (node, object);

  return vt_json_to_string (node);
}

static gboolean
level_is_empty (const VtActiveLevel *level)
{
  return level->profile == NULL && level->settings->list->len == 0;
}

gboolean
vt_active_is_empty (const VtActive *active)
{
  return level_is_empty (&active->kept) && level_is_empty (&active->transient);
}

gboolean
vt_active_check (const VtActive *active, GError **error)
{
  g_autofree char *text = active_to_text (active);

  if (active->kept.settings->list->len > VT_SETTINGS_MAX
      || active->transient.settings->list->len > VT_SETTINGS_MAX)
    return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT,
                         "with these there would be more than %d settings; take others out first",
                         VT_SETTINGS_MAX);
  if (strlen (text) > VT_ACTIVE_MAX)
    return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT,
                         "with these, what is wanted would be larger than %d bytes; take settings "
                         "or hints out first",
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
