/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/state/state.h"

#include <unistd.h>

#include "agent/state/folder.h"
#include "agent/state/location.h"
#include "agent/state/old-state.h"
#include "agent/state/state-log.h"
#include "agent/state/state-private.h"

/* The log is replaced by a snapshot when it is larger than this, and than so many snapshots. */
#define GROWN_BYTES     (64 * 1024)
#define GROWN_SNAPSHOTS 4

static GHashTable *
new_key_set (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

VtState *
vt_state_new (const char *state_dir, const char *volatile_dir, const char *default_profile)
{
  VtState *state = g_new0 (VtState, 1);

  state->state_dir = g_strdup (state_dir);
  state->volatile_dir = g_strdup (volatile_dir);
  state->folder = state->state_dir;
  state->lock = -1;
  state->unwritten = new_key_set ();
  state->fallback = vt_active_new (default_profile);
  state->content = vt_content_new ("");
  g_mutex_init (&state->mutex);

  return state;
}

void
vt_state_free (VtState *state)
{
  g_clear_pointer (&state->log, vt_state_log_free);
  g_hash_table_unref (state->unwritten);
  vt_active_unref (state->fallback);
  vt_content_free (state->content);
  g_mutex_clear (&state->mutex);
  if (state->lock >= 0)
    close (state->lock);
  g_free (state->state_dir);
  g_free (state->volatile_dir);
  g_free (state);
}

/* A record that fits its checksum and that nobody wrote so: it and all behind it is dropped. */
static gboolean
replay_all (VtStateLog *log, VtContent **content, GError **error)
{
  const GPtrArray *records = vt_state_log_get_records (log);

  for (guint i = 0; records != NULL && i < records->len; i++)
    {
      g_autoptr (GError) fault = NULL;

      if (!vt_content_replay (content, g_ptr_array_index (records, i), &fault))
        return vt_state_log_reject (log, i, fault->message, error);
    }

  return TRUE;
}

/* Ids after damage: the last one may be among what was dropped. */
static void
skip_unknown_ids (const VtState *state, const VtStateLog *log, VtContent *content)
{
  g_autoptr (GPtrArray) damaged = vt_state_list_damaged (state);

  if (vt_state_log_is_damaged (log) || (damaged->len > 0 && vt_state_log_get_size (log) == 0))
    content->last_id = MAX (content->last_id, (guint64) (g_random_int () | 1) << 16);
}

/* A record that was on disk before a power cut: it counts, if it can stand there. */
static void
replay_unfinished (const VtStateLog *log, const char *boot_id, VtContent **content)
{
  JsonObject *record = vt_state_log_get_unfinished (log);

  if (record != NULL && *content != NULL && !g_str_equal ((*content)->boot_id, boot_id)
      && !vt_content_replay (content, record, NULL))
    g_message ("dropping a record that cannot stand at the end of the state's log");
}

/* Of the log, else of the files of older versions, else empty. */
static VtContent *
read_content (VtState *state, VtStateLog *log, const char *boot_id, GError **error)
{
  g_autoptr (VtContent) content = NULL;

  if (!replay_all (log, &content, error))
    return NULL;
  replay_unfinished (log, boot_id, &content);
  if (content == NULL && !vt_old_state_read (state->folder, boot_id, &content, error))
    return NULL;

  if (content == NULL)
    content = vt_content_new (boot_id);
  skip_unknown_ids (state, log, content);

  return g_steal_pointer (&content);
}

static gboolean
write_snapshot (VtState *state, JsonObject *next, gsize max, GError **error)
{
  g_autoptr (GPtrArray) records
      = g_ptr_array_new_with_free_func ((GDestroyNotify) json_object_unref);

  g_ptr_array_add (records, vt_content_to_snapshot (state->content));
  if (next != NULL)
    g_ptr_array_add (records, json_object_ref (next));
  if (!vt_state_log_replace (state->log, records, max, error))
    return FALSE;

  state->behind = FALSE;
  g_hash_table_remove_all (state->unwritten);
  if (state->has_old_files)
    vt_old_state_remove (state->folder);
  state->has_old_files = FALSE;

  return TRUE;
}

/* Where the file is not a log of this boot, a snapshot starts one: at once, if that can be. */
static void
start_log (VtState *state, gboolean entered_boot)
{
  g_autoptr (GError) fault = NULL;

  state->behind = entered_boot || vt_state_log_needs_replace (state->log);
  state->has_old_files = TRUE;
  if (!state->behind)
    vt_old_state_remove (state->folder);
  else if (!write_snapshot (state, NULL, VT_STATE_FILE_MAX, &fault))
    g_message ("%s; the next change tries again", fault->message);
}

static gboolean
lock_folder (VtState *state, GError **error)
{
  const char *folder = vt_state_location_choose (state->state_dir, state->volatile_dir, error);

  if (folder == NULL)
    return FALSE;

  state->lock = vt_state_folder_lock (folder, error);
  if (state->lock < 0)
    return FALSE;

  state->folder = folder == state->volatile_dir ? state->volatile_dir : state->state_dir;
  return TRUE;
}

gboolean
vt_state_load (VtState *state, const char *boot_id, GError **error)
{
  g_autoptr (VtStateLog) log = NULL;
  g_autoptr (VtContent) content = NULL;
  g_autoptr (VtContent) empty = NULL;
  gboolean entered_boot;

  if (state->log != NULL)
    return TRUE;
  if (state->lock < 0 && !lock_folder (state, error))
    return FALSE;

  log = vt_state_log_open (state->folder, error);
  if (log == NULL)
    return FALSE;
  content = read_content (state, log, boot_id, error);
  if (content == NULL)
    return FALSE;

  entered_boot = !g_str_equal (content->boot_id, boot_id);
  if (entered_boot)
    vt_content_enter_boot (content, boot_id);

  g_mutex_lock (&state->mutex);
  empty = state->content;
  state->content = g_steal_pointer (&content);
  g_mutex_unlock (&state->mutex);
  state->log = g_steal_pointer (&log);
  start_log (state, entered_boot);

  return TRUE;
}

VtActive *
vt_state_ref_active (VtState *state)
{
  VtActive *active;

  g_mutex_lock (&state->mutex);
  active = vt_active_ref ((VtActive *) vt_state_get_active (state));
  g_mutex_unlock (&state->mutex);

  return active;
}

const VtActive *
vt_state_get_active (const VtState *state)
{
  return state->content->active != NULL ? state->content->active : state->fallback;
}

const VtActive *
vt_state_get_effective (const VtState *state)
{
  const VtChange *change = state->content->change;

  return change != NULL && change->provisional != NULL ? change->provisional
                                                       : vt_state_get_active (state);
}

VtProvisional *
vt_state_get_provisional (VtState *state)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&state->mutex);
  const VtChange *change = state->content->change;
  VtProvisional *provisional;

  if (change == NULL || change->provisional == NULL)
    return NULL;

  provisional = g_new (VtProvisional, 1);
  provisional->apply_id = change->id;
  provisional->deadline = change->deadline;
  provisional->active = vt_active_ref (change->provisional);

  return provisional;
}

void
vt_provisional_free (VtProvisional *provisional)
{
  vt_active_unref (provisional->active);
  g_free (provisional);
}

const VtChange *
vt_state_get_change (const VtState *state)
{
  return state->content->change;
}

GHashTable *
vt_state_get_records (const VtState *state)
{
  return state->content->records;
}

const VtRecord *
vt_state_get_record (const VtState *state, const char *key)
{
  return g_hash_table_lookup (state->content->records, key);
}

guint64
vt_state_take_id (VtState *state)
{
  return ++state->content->last_id;
}

gboolean
vt_state_is_behind (const VtState *state)
{
  return state->behind;
}

GPtrArray *
vt_state_list_damaged (const VtState *state)
{
  GPtrArray *list = vt_state_folder_list_damaged (state->folder, VT_STATE_LOG_FILE);

  for (guint i = 0; vt_old_state_files[i] != NULL; i++)
    g_ptr_array_extend_and_steal (
        list, vt_state_folder_list_damaged (state->folder, vt_old_state_files[i]));

  return list;
}

GPtrArray *
vt_state_list_warnings (const VtState *state)
{
  g_autoptr (GPtrArray) damaged = vt_state_list_damaged (state);
  GPtrArray *warnings = g_ptr_array_new_with_free_func (g_free);

  if (state->folder == state->volatile_dir)
    g_ptr_array_add (warnings, g_strdup_printf ("the state folder %s is read-only: the state is "
                                                "kept in %s, and is lost at the next boot",
                                                state->state_dir, state->volatile_dir));

  for (guint i = 0; i < damaged->len; i++)
    g_ptr_array_add (warnings, g_strdup_printf ("damaged state was set aside as %s; look at it and "
                                                "remove it",
                                                (const char *) g_ptr_array_index (damaged, i)));

  return warnings;
}

void
vt_state_set_change (VtState *state, VtChange *change)
{
  VtChange *old;

  g_mutex_lock (&state->mutex);
  old = state->content->change;
  state->content->change = change;
  g_mutex_unlock (&state->mutex);

  g_clear_pointer (&old, vt_change_free);
}

void
vt_state_set_active (VtState *state, VtActive *active)
{
  VtActive *old;

  g_mutex_lock (&state->mutex);
  old = state->content->active;
  state->content->active = active;
  g_mutex_unlock (&state->mutex);

  g_clear_pointer (&old, vt_active_unref);
}

static gboolean
has_grown (const VtState *state)
{
  const gsize snapshot = vt_state_log_get_first_size (state->log);

  return vt_state_log_get_size (state->log) > MAX (GROWN_BYTES, GROWN_SNAPSHOTS * snapshot);
}

/* A log that cannot be appended to, since it is full or somebody has removed it, is replaced. */
gboolean
vt_state_write (VtState *state, JsonObject *record, gsize max, gboolean durable, GError **error)
{
  g_autoptr (GError) fault = NULL;

  if (!state->behind && !vt_state_log_needs_replace (state->log) && !has_grown (state))
    {
      if (vt_state_log_append (state->log, record, max, durable, &fault))
        return TRUE;
      g_debug ("%s", fault->message);
    }

  return write_snapshot (state, record, max, error);
}
