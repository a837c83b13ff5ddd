/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The steps of a change: begin, hold, cancel, commit, undo. Each is one record in the log. */

#include "config.h"

#include "agent/state/state.h"

#include "agent/state/folder.h"
#include "agent/state/state-private.h"
#include "protocol/error.h"
#include "protocol/json.h"

/* Bytes of the log, for each kind of change. The end of a change may use all of it. */
static const gsize max_bytes[] = {
  [VT_CHANGE_BY_HOST] = VT_STATE_FILE_MAX / 3,
  [VT_CHANGE_BY_AGENT] = VT_STATE_FILE_MAX / 5 * 2,
  [VT_CHANGE_ROLLBACK] = VT_STATE_FILE_MAX,
};

/* How many attributes are changed when @entries are, too. */
static guint
count_with (const VtState *state, const GPtrArray *entries)
{
  guint count = g_hash_table_size (vt_state_get_records (state));

  for (guint i = 0; i < entries->len; i++)
    count
        += vt_state_get_record (state, ((VtRecord *) g_ptr_array_index (entries, i))->key) == NULL;

  return count;
}

gboolean
vt_state_begin (
    VtState *state, VtChangeKind kind, guint64 id, const GPtrArray *entries, GError **error)
{
  g_autoptr (VtChange) change = vt_change_new (id, entries);
  g_autoptr (JsonObject) record = vt_content_begin_to_json (change);

  g_return_val_if_fail (state->log != NULL && state->content->change == NULL, FALSE);

  if (kind != VT_CHANGE_ROLLBACK && count_with (state, entries) > VT_RECORDS_MAX)
    return vt_error_set (error, VT_ERROR_STATE, "at most %d attributes can be changed at one time",
                         VT_RECORDS_MAX);
  if (!vt_state_write (state, record, max_bytes[kind], kind != VT_CHANGE_BY_AGENT, error))
    return FALSE;

  vt_state_set_change (state, g_steal_pointer (&change));
  return TRUE;
}

gboolean
vt_state_hold (
    VtState *state, const GPtrArray *entries, VtActive *active, gint64 deadline, GError **error)
{
  g_autoptr (JsonObject) record = vt_content_provisional_to_json (entries, active, deadline);
  VtChange *held;

  g_return_val_if_fail (state->content->change != NULL, FALSE);

  if (!vt_state_write (state, record, VT_STATE_FILE_MAX, TRUE, error))
    return FALSE;

  held = vt_change_new (state->content->change->id, entries);
  held->provisional = vt_active_ref (active);
  held->deadline = deadline;
  vt_state_set_change (state, held);
  return TRUE;
}

gboolean
vt_state_cancel (VtState *state, GError **error)
{
  g_autoptr (JsonObject) record = vt_content_cancel_to_json ();
  const VtChange *change = state->content->change;

  g_return_val_if_fail (change != NULL && change->provisional != NULL, FALSE);

  if (!vt_state_write (state, record, VT_STATE_FILE_MAX, TRUE, error))
    return FALSE;

  vt_state_set_change (state, vt_change_new (change->id, change->entries));
  return TRUE;
}

void
vt_state_put_record (VtState *state, const VtRecord *record)
{
  vt_records_put (state->content->records, record);
  g_hash_table_add (state->unwritten, g_strdup (record->key));
}

void
vt_state_drop_record (VtState *state, const char *key)
{
  g_autofree char *copy = g_strdup (key);

  if (g_hash_table_remove (state->content->records, copy))
    g_hash_table_add (state->unwritten, g_steal_pointer (&copy));
}

/* (transfer full) */
static JsonObject *
end_to_json (const VtState *state,
             VtEnd end,
             const VtRecordChanges *changes,
             const VtActive *active)
{
  g_autoptr (GHashTable) keys = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GHashTable) records = g_hash_table_new (g_str_hash, g_str_equal);
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init (&iter, state->unwritten);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    g_hash_table_add (keys, key);
  g_hash_table_iter_init (&iter, changes->changed);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    g_hash_table_add (keys, key);

  g_hash_table_iter_init (&iter, keys);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    {
      const VtRecord *record = vt_record_changes_get (changes, key);

      if (record != NULL)
        g_hash_table_insert (records, key, (gpointer) record);
    }

  return vt_content_end_to_json (end, keys, records, active);
}

static void
take_in (VtState *state, const VtRecordChanges *changes)
{
  GHashTableIter iter;
  gpointer key, record;

  g_hash_table_iter_init (&iter, changes->changed);
  while (g_hash_table_iter_next (&iter, &key, &record))
    if (record != NULL)
      vt_state_put_record (state, record);
    else
      vt_state_drop_record (state, key);
}

/* Whether the log says already what the end would say. */
static gboolean
is_written (const VtState *state, const VtRecordChanges *changes)
{
  return state->content->change == NULL && !state->behind
         && g_hash_table_size (state->unwritten) == 0 && g_hash_table_size (changes->changed) == 0;
}

static void
note_end (VtState *state, const VtRecordChanges *changes, gboolean written)
{
  const gboolean was_under_way = state->content->change != NULL;

  take_in (state, changes);
  vt_state_set_change (state, NULL);
  if (written)
    g_hash_table_remove_all (state->unwritten);
  else
    state->behind |= was_under_way;
}

/* An end that takes effect in memory whether or not its record can be written. */
static gboolean
end_change (VtState *state, VtEnd end, const VtRecordChanges *changes, GError **error)
{
  g_autoptr (JsonObject) record = NULL;
  gboolean written;

  if (is_written (state, changes))
    return TRUE;

  record = end_to_json (state, end, changes, NULL);
  written = vt_state_write (state, record, VT_STATE_FILE_MAX, FALSE, error);
  note_end (state, changes, written);

  return written;
}

gboolean
vt_state_commit (VtState *state, const VtRecordChanges *changes, VtActive *active, GError **error)
{
  g_autoptr (JsonObject) record = NULL;
  gboolean same;

  if (active == NULL)
    return end_change (state, VT_END_COMMIT, changes, error);

  /* Settings that are on disk already need no wait for it. */
  same = vt_active_equal (active, vt_state_get_active (state));
  if (same && is_written (state, changes))
    return TRUE;

  record = end_to_json (state, VT_END_COMMIT, changes, same ? NULL : active);
  if (!vt_state_write (state, record, VT_STATE_FILE_MAX, !same, error))
    return FALSE;

  note_end (state, changes, TRUE);
  if (!same)
    vt_state_set_active (state, vt_active_ref (active));
  return TRUE;
}

gboolean
vt_state_undo (VtState *state, const VtRecordChanges *changes, GError **error)
{
  g_return_val_if_fail (state->content->change != NULL, FALSE);

  return end_change (state, VT_END_UNDO, changes, error);
}

gboolean
vt_state_flush (VtState *state, GError **error)
{
  g_autoptr (VtRecordChanges) none = vt_record_changes_new (state->content->records);

  g_return_val_if_fail (state->content->change == NULL, FALSE);

  return end_change (state, VT_END_RECORDS, none, error);
}
