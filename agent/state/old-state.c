/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/state/old-state.h"

#include <errno.h>

#include "agent/state/folder.h"
#include "protocol/error.h"
#include "protocol/json.h"

#define ACTIVE  "active.json"
#define JOURNAL "journal.json"
#define VERSION 1

const char *const vt_old_state_files[] = { ACTIVE, JOURNAL, NULL };

static const VtScannerLimits limits = {
  .max_frame = VT_STATE_FILE_MAX,
  .max_depth = 16,
  .max_tokens = 512 * 1024,
};

static char *
compute_checksum (JsonObject *content)
{
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  g_autofree char *text = NULL;

  json_node_set_object (node, content);
  text = vt_json_to_string (node);

  return g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);
}

/* What is inside the file. NULL: VT_ERROR_INVALID_ARGUMENT. (transfer full) */
static JsonObject *
open_envelope (const GString *text, GError **error)
{
  g_autoptr (JsonNode) root = vt_json_parse (text->str, text->len, &limits, error);
  g_autofree char *expected = NULL;
  JsonObject *content = NULL;
  const char *checksum = NULL;
  gint64 version = 0;
  JsonObject *object;

  if (root == NULL)
    return NULL;

  object = json_node_get_object (root);
  if (!vt_json_get_int (object, "version", TRUE, &version, error)
      || !vt_json_get_string (object, "checksum", TRUE, &checksum, error)
      || !vt_json_get_object (object, "content", TRUE, &content, error))
    return NULL;

  expected = compute_checksum (content);
  if (version == VERSION && g_str_equal (expected, checksum))
    return json_object_ref (content);

  vt_error_set (error, VT_ERROR_INVALID_ARGUMENT, "its version or its checksum is wrong");
  return NULL;
}

/* *@ret stays NULL where there is no such file, or where it was damaged. (transfer full) */
static gboolean
read_file (const char *folder, const char *name, JsonObject **ret, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GError) fault = NULL;
  int result = vt_state_folder_read (folder, name, text);

  if (result == -ENOENT)
    return TRUE;
  if (result < 0)
    return vt_state_folder_set_aside (folder, name, g_strerror (-result), error);

  *ret = open_envelope (text, &fault);

  return *ret != NULL || vt_state_folder_set_aside (folder, name, fault->message, error);
}

/* The level that is called "stored" today was called "kept". */
static void
convert_active (JsonObject *active)
{
  JsonObject *stored = NULL;

  if (vt_json_get_object (active, "kept", FALSE, &stored, NULL) && stored != NULL)
    json_object_set_object_member (active, "stored", json_object_ref (stored));
}

/* In version 0.1 a provisional apply was called a trial. */
static void
convert_change (JsonObject *change)
{
  JsonObject *trial = NULL;
  JsonObject *active = NULL;

  if (!vt_json_get_object (change, "trial", FALSE, &trial, NULL) || trial == NULL)
    return;

  json_object_set_object_member (change, "provisional", json_object_ref (trial));
  if (vt_json_get_object (trial, "active", FALSE, &active, NULL) && active != NULL)
    convert_active (active);
}

/* The journal as a snapshot of today, without active settings. (transfer full) */
static JsonObject *
convert_journal (JsonObject *journal)
{
  static const char *const members[] = { "boot-id", "last-id", "records" };
  JsonObject *snapshot = json_object_new ();
  JsonObject *change = NULL;

  json_object_set_string_member (snapshot, "record", "snapshot");
  json_object_set_int_member (snapshot, "version", VT_CONTENT_VERSION);
  for (guint i = 0; i < G_N_ELEMENTS (members); i++)
    if (json_object_has_member (journal, members[i]))
      json_object_set_member (snapshot, members[i], json_object_dup_member (journal, members[i]));

  if (!vt_json_get_object (journal, "under-way", FALSE, &change, NULL) || change == NULL)
    return snapshot;

  json_object_set_object_member (snapshot, "under-way", json_object_ref (change));
  convert_change (change);

  return snapshot;
}

static gboolean
read_journal (const char *folder, const char *boot_id, VtContent **content, GError **error)
{
  g_autoptr (JsonObject) journal = NULL;
  g_autoptr (JsonObject) snapshot = NULL;
  g_autoptr (GError) fault = NULL;

  if (!read_file (folder, JOURNAL, &journal, error))
    return FALSE;
  if (journal == NULL)
    return TRUE;

  snapshot = convert_journal (journal);
  if (!vt_content_replay (content, snapshot, &fault))
    return vt_state_folder_set_aside (folder, JOURNAL, fault->message, error);

  if (!g_str_equal ((*content)->boot_id, boot_id))
    vt_content_enter_boot (*content, boot_id);
  return TRUE;
}

/*
 * A provisional apply was confirmed by writing active.json with its id; the journal followed. Where
 * it had not followed yet, the change has ended, and its entries are changed now.
 */
static void
end_confirmed (VtContent *content, guint64 apply_id)
{
  const VtChange *change = content->change;

  if (change == NULL || change->provisional == NULL || change->id != apply_id)
    return;

  for (guint i = 0; i < change->entries->len; i++)
    vt_records_put (content->records, g_ptr_array_index (change->entries, i));
  g_clear_pointer (&content->change, vt_change_free);
}

/* FALSE: VT_ERROR_INVALID_ARGUMENT. */
static gboolean
take_active (VtContent *content, JsonObject *object, const char *boot_id, GError **error)
{
  const char *stored_boot_id = NULL;
  gint64 apply_id = 0;
  VtActive *active;

  if (!vt_json_get_string (object, "boot-id", TRUE, &stored_boot_id, error)
      || !vt_json_get_int (object, "apply-id", FALSE, &apply_id, error))
    return FALSE;
  convert_active (object);
  active = vt_active_from_json (object, error);
  if (active == NULL)
    return FALSE;

  if (g_str_equal (stored_boot_id, boot_id))
    content->active = active;
  else
    {
      content->active = vt_active_without_transient (active);
      vt_active_unref (active);
    }
  content->last_id = MAX (content->last_id, (guint64) MAX (0, apply_id));
  end_confirmed (content, (guint64) MAX (0, apply_id));

  return TRUE;
}

gboolean
vt_old_state_read (const char *folder, const char *boot_id, VtContent **ret, GError **error)
{
  g_autoptr (VtContent) content = NULL;
  g_autoptr (JsonObject) active = NULL;
  g_autoptr (GError) fault = NULL;

  if (!read_journal (folder, boot_id, &content, error)
      || !read_file (folder, ACTIVE, &active, error))
    return FALSE;
  if (content == NULL && active == NULL)
    return TRUE;
  if (content == NULL)
    content = vt_content_new (boot_id);
  if (active != NULL && !take_active (content, active, boot_id, &fault)
      && !vt_state_folder_set_aside (folder, ACTIVE, fault->message, error))
    return FALSE;

  *ret = g_steal_pointer (&content);
  return TRUE;
}

void
vt_old_state_remove (const char *folder)
{
  for (guint i = 0; vt_old_state_files[i] != NULL; i++)
    {
      int result = vt_state_folder_remove (folder, vt_old_state_files[i]);

      if (result < 0)
        g_message ("removing %s/%s: %s", folder, vt_old_state_files[i], g_strerror (-result));
    }
}
