/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/neighbours/tuned-active.h"

#include <stdlib.h>
#include <string.h>

#include "agent/kernel/sysctl-pairs.h"
#include "protocol/error.h"

/*
 * systemd removes a unit's control group when its last process has ended.
 * "populated" also counts processes in groups below
 * (admin-guide/cgroup-v2, cgroup.events).
 */
#define CGROUP_EVENTS "sys/fs/cgroup/system.slice/tuned.service/cgroup.events"
/* cgroup version 1 has no cgroup.events: it lists the processes. */
#define CGROUP_V1_PROCS "sys/fs/cgroup/systemd/system.slice/tuned.service/cgroup.procs"
/* Without systemd: TuneD's pid file. The process with that number must be TuneD. */
#define PID_FILE "run/tuned/tuned.pid"
/* The names of the active profiles, separated by blanks (tuned-adm(8)). */
#define ACTIVE_PROFILE "etc/tuned/active_profile"

#define MAX_LISTED 16

static gboolean
is_populated (const VtKernelFs *fs)
{
  g_autofree char *events = vt_kernel_fs_read (fs, CGROUP_EVENTS, NULL);
  g_autofree char *procs = vt_kernel_fs_read (fs, CGROUP_V1_PROCS, NULL);

  return (events != NULL && strstr (events, "populated 1") != NULL)
         || (procs != NULL && *procs != '\0');
}

static gboolean
is_process_alive (const VtKernelFs *fs)
{
  g_autofree char *text = vt_kernel_fs_read (fs, PID_FILE, NULL);
  g_autofree char *path = NULL;
  g_autofree char *name = NULL;
  guint64 pid;

  if (text == NULL || !g_ascii_string_to_unsigned (text, 10, 1, G_MAXINT, &pid, NULL))
    return FALSE;

  path = g_strdup_printf ("proc/%" G_GUINT64_FORMAT "/comm", pid);
  name = vt_kernel_fs_read (fs, path, NULL);

  return name != NULL && g_str_equal (name, "tuned");
}

static void
add_layer (GPtrArray *sets, const VtProfileLayer *layer)
{
  for (guint i = 0; i < layer->settings->list->len; i++)
    {
      const VtSetting *setting = g_ptr_array_index (layer->settings->list, i);

      if (setting->value != NULL)
        g_ptr_array_add (sets, vt_setting_copy (setting));
    }
}

/* A profile that can't be loaded counts as a profile without settings. */
static void
add_profile (GPtrArray *sets, const VtProfileStore *profiles, const char *name)
{
  g_autoptr (VtProfile) profile = vt_profile_store_load (profiles, name, NULL);

  for (guint i = 0; profile != NULL && i < profile->layers->len; i++)
    add_layer (sets, g_ptr_array_index (profile->layers, i));
}

VtTunedActive *
vt_tuned_active_find (const VtKernelFs *fs)
{
  g_autoptr (VtProfileStore) profiles = NULL;
  g_auto (GStrv) names = NULL;
  VtTunedActive *tuned;

  if (!is_populated (fs) && !is_process_alive (fs))
    return NULL;

  tuned = g_new0 (VtTunedActive, 1);
  tuned->sets = g_ptr_array_new_with_free_func ((GDestroyNotify) vt_setting_free);
  tuned->profile = vt_kernel_fs_read (fs, ACTIVE_PROFILE, NULL);
  if (tuned->profile == NULL)
    return tuned;

  /* TuneD's own profiles: the agent may have another one of the same name. */
  profiles = vt_profile_store_new (vt_kernel_fs_get_root (fs), vt_tuned_folders);
  names = g_strsplit_set (tuned->profile, " \t\n", 32);
  for (guint i = 0; names[i] != NULL; i++)
    {
      if (*names[i] != '\0')
        add_profile (tuned->sets, profiles, names[i]);
    }

  return tuned;
}

void
vt_tuned_active_free (VtTunedActive *tuned)
{
  g_free (tuned->profile);
  g_ptr_array_unref (tuned->sets);
  g_free (tuned);
}

/* Appends @key, or "…" once after MAX_LISTED keys. @count: the keys so far. */
static void
append_key (GString *text, guint count, const char *key)
{
  if (count < MAX_LISTED)
    g_string_append_printf (text, "%s%s", count > 0 ? ", " : "", key);
  else if (count == MAX_LISTED)
    g_string_append (text, ", …");
}

char *
vt_tuned_active_describe (const VtTunedActive *tuned)
{
  GString *text = g_string_new ("tuned.service is active");
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  if (tuned->profile != NULL)
    g_string_append_printf (text, " (profile %s)", tuned->profile);
  if (tuned->sets->len > 0)
    g_string_append (text, " and sets: ");

  for (guint i = 0; i < tuned->sets->len; i++)
    {
      const VtSetting *setting = g_ptr_array_index (tuned->sets, i);
      const guint count = g_hash_table_size (seen);

      if (g_hash_table_add (seen, setting->key))
        append_key (text, count, setting->key);
    }

  return g_string_free (text, FALSE);
}

/* Whether both settings may select the same attribute, or two attributes that set the same thing.
 */
static gboolean
overlap (const VtSetting *a, const VtSetting *b)
{
  if (!g_str_equal (a->section, b->section)
      || (!g_str_equal (a->name, b->name)
          && g_strcmp0 (vt_sysctl_find_pair (a->name), b->name) != 0))
    return FALSE;
  if (a->selector == NULL || b->selector == NULL)
    return a->selector == b->selector;

  return vt_selector_match (a->selector, b->selector)
         || vt_selector_match (b->selector, a->selector);
}

static gboolean
is_set_by (const VtTunedActive *tuned, const VtSetting *setting)
{
  for (guint i = 0; i < tuned->sets->len; i++)
    {
      if (overlap (g_ptr_array_index (tuned->sets, i), setting))
        return TRUE;
    }

  return FALSE;
}

gboolean
vt_tuned_active_permits (const VtTunedActive *tuned, const VtSettings *wanted, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  guint count = 0;

  for (guint i = 0; i < wanted->list->len; i++)
    {
      const VtSetting *setting = g_ptr_array_index (wanted->list, i);

      if (setting->value != NULL && is_set_by (tuned, setting))
        append_key (text, count++, setting->key);
    }

  if (count == 0)
    return TRUE;

  return vt_error_set (error, VT_ERROR_REFUSED,
                       "%s: tuned.service is active and sets the same; stop and disable it, or "
                       "force",
                       text->str);
}
