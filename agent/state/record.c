/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/state/record.h"

#include "protocol/error.h"
#include "protocol/json.h"

VtRecord *
vt_record_new (const char *key,
               const char *identity,
               const char *original,
               const char *before,
               const char *wanted)
{
  VtRecord *record = g_new0 (VtRecord, 1);

  record->key = g_strdup (key);
  record->identity = g_strdup (identity != NULL ? identity : "");
  record->original = g_strdup (original);
  record->before = g_strdup (before);
  record->wanted = g_strdup (wanted);

  return record;
}

VtRecord *
vt_record_copy (const VtRecord *record)
{
  return vt_record_new (record->key, record->identity, record->original, record->before,
                        record->wanted);
}

void
vt_record_free (VtRecord *record)
{
  g_free (record->key);
  g_free (record->identity);
  g_free (record->original);
  g_free (record->before);
  g_free (record->wanted);
  g_free (record);
}

JsonNode *
vt_record_to_json (const VtRecord *record)
{
  g_autoptr (JsonObject) object = json_object_new ();
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);

  json_object_set_string_member (object, "key", record->key);
  json_object_set_string_member (object, "identity", record->identity);
  json_object_set_string_member (object, "original", record->original);
  if (record->before != NULL)
    json_object_set_string_member (object, "before", record->before);
  if (record->wanted != NULL)
    json_object_set_string_member (object, "wanted", record->wanted);
  json_node_set_object (node, object);

  return node;
}

VtRecord *
vt_record_from_json (JsonNode *node, GError **error)
{
  const char *key = NULL;
  const char *identity = NULL;
  const char *original = NULL;
  const char *before = NULL;
  const char *wanted = NULL;
  JsonObject *object;

  if (!JSON_NODE_HOLDS_OBJECT (node))
    {
      vt_error_set (error, VT_ERROR_INVALID_ARGUMENT, "a record is no object");
      return NULL;
    }

  object = json_node_get_object (node);
  if (!vt_json_get_string (object, "key", TRUE, &key, error)
      || !vt_json_get_string (object, "identity", TRUE, &identity, error)
      || !vt_json_get_string (object, "original", TRUE, &original, error)
      || !vt_json_get_string (object, "before", FALSE, &before, error)
      || !vt_json_get_string (object, "wanted", FALSE, &wanted, error))
    return NULL;

  return vt_record_new (key, identity, original, before, wanted);
}
