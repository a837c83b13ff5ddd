/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/state/active.h"

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
  level_init (&active->stored);
  level_init (&active->transient);
  active->hints = vt_hints_new ();
  if (default_profile != NULL && *default_profile != '\0')
    active->stored.profile = g_strdup (default_profile);

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

VtActive *
vt_active_without_transient (const VtActive *active)
{
  VtActive *next = vt_active_new (NULL);

  level_copy (&next->stored, &active->stored);
  next->rolled_back = active->rolled_back;
  vt_hints_free (next->hints);
  next->hints = vt_hints_copy (active->hints);

  return next;
}

void
vt_active_unref (VtActive *active)
{
  if (!g_atomic_int_dec_and_test (&active->refs))
    return;

  level_clear (&active->stored);
  level_clear (&active->transient);
  vt_hints_free (active->hints);
  g_free (active);
}

/* Removes the keys of @over from @level. */
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

/* Whether @overlay may set an attribute that @setting sets, too. */
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
 * A setting that is stored must not be hidden by a transient one. The transient setting of the same
 * key is removed; where other transient settings, or the transient profile, could still hide the
 * stored one, it is copied into the transient level.
 */
static void
level_unhide (VtActiveLevel *overlay, const VtSettings *lasting, gboolean forced)
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
  VtActiveLevel *level = request->transient ? &next->transient : &next->stored;

  level_copy (&next->stored, &active->stored);
  level_copy (&next->transient, &active->transient);
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
        level_unhide (&next->transient, request->settings, request->forced);
      level_merge (level, request->settings, request->forced);
    }

  return next;
}

static gboolean
level_is_empty (const VtActiveLevel *level)
{
  return level->profile == NULL && level->settings->list->len == 0;
}

gboolean
vt_active_is_empty (const VtActive *active)
{
  return level_is_empty (&active->stored) && level_is_empty (&active->transient);
}
