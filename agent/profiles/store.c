/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/profiles/profile.h"

#include <string.h>

#include "agent/profiles/file.h"
#include "agent/profiles/ini.h"
#include "agent/profiles/layer.h"
#include "agent/profiles/main-section.h"
#include "agent/profiles/text.h"
#include "agent/profiles/translate.h"
#include "agent/profiles/unit.h"
#include "protocol/error.h"

#define INCLUDE_DEPTH_MAX 16
#define FILES_MAX         32   /* read for one profile and its includes */
#define PROFILES_MAX      1024 /* in a list */

const char *const vt_profile_folders[] = {
  VT_SYSCONFDIR "/virt-tune/profiles",
  "/etc/tuned/profiles",
  "/etc/tuned",
  VT_DATADIR "/virt-tune/profiles",
  "/usr/lib/tuned/profiles",
  "/usr/lib/tuned",
  NULL,
};

/* In TuneD's order: a profile of the operator replaces one of the distribution (tuned.conf(5)). */
const char *const vt_tuned_folders[] = {
  "/etc/tuned/profiles", "/etc/tuned", "/usr/lib/tuned/profiles", "/usr/lib/tuned", NULL,
};

struct VtProfileStore
{
  char *root;
  GPtrArray *folders; /* of char *, below the root */
};

/* One file of the profile that is being loaded. */
typedef struct
{
  char *name;
  char *path;
  gboolean open; /* its includes are still being read */
} File;

typedef struct
{
  const VtProfileStore *store;
  GPtrArray *files; /* of File: a file is read once */
  GPtrArray *open;  /* of GPtrArray of VtIniEntry: the files that are being read, outermost first */
  GPtrArray *units;
  VtProfile *profile;
} Loading;

static void
file_free (gpointer data)
{
  File *file = data;

  g_free (file->name);
  g_free (file->path);
  g_free (file);
}

VtProfileStore *
vt_profile_store_new (const char *root, const char *const *folders)
{
  VtProfileStore *store = g_new0 (VtProfileStore, 1);

  store->root = g_strdup (root);
  store->folders = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; folders[i] != NULL; i++)
    g_ptr_array_add (store->folders, g_strdup (folders[i]));

  return store;
}

void
vt_profile_store_free (VtProfileStore *store)
{
  if (store == NULL)
    return;

  g_ptr_array_unref (store->folders);
  g_free (store->root);
  g_free (store);
}

static File *
find_file (const Loading *loading, const char *path)
{
  for (guint i = 0; i < loading->files->len; i++)
    if (g_str_equal (((File *) loading->files->pdata[i])->path, path))
      return loading->files->pdata[i];

  return NULL;
}

static char *
known_names (const VtProfileStore *store)
{
  g_autoptr (GPtrArray) infos = vt_profile_store_list (store);
  GString *names = g_string_new (NULL);

  for (guint i = 0; i < infos->len && names->len < 1024; i++)
    g_string_append_printf (names, "%s%s", i > 0 ? ", " : "",
                            ((VtProfileInfo *) infos->pdata[i])->name);

  if (names->len == 0)
    g_string_append (names, "none");
  return g_string_free (names, FALSE);
}

static gboolean
no_such_profile (const VtProfileStore *store, const char *name, GError **error)
{
  g_autofree char *text = vt_profile_text (name);
  g_autofree char *names = known_names (store);

  return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT, "no profile '%s'; there are: %s", text,
                       names);
}

/*
 * Finds the first file of that name that was not read yet. That way the
 * profile virtual-guest in /etc may include the distribution's profile of the
 * same name. Returns NULL without an error if there is none: @ret_seen is the
 * file that was read before, or NULL if no such file exists.
 */
static GBytes *
locate (const Loading *loading,
        const char *name,
        char **ret_path,
        const File **ret_seen,
        GError **error)
{
  const GPtrArray *folders = loading->store->folders;

  *ret_seen = NULL;
  for (guint i = 0; i < folders->len; i++)
    {
      g_autofree char *path = g_strdup_printf ("%s%s/%s/tuned.conf", loading->store->root,
                                               (char *) folders->pdata[i], name);
      const File *seen = find_file (loading, path);
      GError *fault = NULL;
      GBytes *text;

      if (seen != NULL)
        {
          if (*ret_seen == NULL || seen->open)
            *ret_seen = seen;
          continue;
        }

      text = vt_profile_file_read (loading->store->root, folders->pdata[i], name, &fault);
      if (text != NULL)
        *ret_path = g_steal_pointer (&path);
      if (fault != NULL)
        g_propagate_error (error, fault);
      if (text != NULL || fault != NULL)
        return text;
    }

  return NULL;
}

static gboolean load_named (Loading *loading, const char *name, guint depth, GError **error);

static gboolean
load_includes (
    Loading *loading, const VtMainSection *section, const char *path, guint depth, GError **error)
{
  g_auto (GStrv) names = vt_main_section_expand_includes (section, path, loading->open, error);

  for (guint i = 0; names != NULL && names[i] != NULL; i++)
    if (!load_named (loading, names[i], depth + 1, error))
      return FALSE;

  return names != NULL;
}

static gboolean
load_file (Loading *loading, File *file, GBytes *text, guint depth, GError **error)
{
  VtProfile *profile = loading->profile;
  gsize len;
  const char *data = g_bytes_get_data (text, &len);
  g_autoptr (GPtrArray) entries = vt_ini_parse (file->path, data, len, error);
  g_autoptr (VtMainSection) section = NULL;
  g_autoptr (GPtrArray) units = NULL;

  if (entries == NULL)
    return FALSE;

  section = vt_main_section_new (entries, profile->ignored);
  g_ptr_array_add (loading->open, entries);
  if (!load_includes (loading, section, file->path, depth, error))
    return FALSE;
  g_ptr_array_remove_index (loading->open, loading->open->len - 1);

  units = vt_units_new (entries, profile->layers->len);
  g_ptr_array_add (profile->layers, vt_profile_layer_new (file->name, file->path));
  g_free (profile->summary);
  profile->summary = g_steal_pointer (&section->summary);

  if (!vt_units_merge (loading->units, units))
    return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT,
                         "%s: more than %d options with all included", file->path,
                         VT_UNIT_OPTIONS_MAX);
  return TRUE;
}

static gboolean
load_found (
    Loading *loading, const char *name, char *path, GBytes *text, guint depth, GError **error)
{
  File *file;

  if (depth > INCLUDE_DEPTH_MAX || loading->files->len == FILES_MAX)
    return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT,
                         "%s: includes are nested more than %d deep or are more than %d", path,
                         INCLUDE_DEPTH_MAX, FILES_MAX);

  file = g_new0 (File, 1);
  file->name = g_strdup (name);
  file->path = g_strdup (path);
  file->open = TRUE;
  g_ptr_array_add (loading->files, file);

  if (!load_file (loading, file, text, depth, error))
    return FALSE;

  file->open = FALSE;
  return TRUE;
}

/* A profile that two others include is read once. A profile that includes itself is an error. */
static gboolean
load_named (Loading *loading, const char *name, guint depth, GError **error)
{
  gboolean optional = depth > 0 && name[0] == '-';
  const char *plain = optional ? name + 1 : name;
  g_autofree char *path = NULL;
  g_autoptr (GBytes) text = NULL;
  g_autoptr (GError) fault = NULL;
  const File *seen;

  if (!vt_profile_name_is_valid (plain))
    return no_such_profile (loading->store, plain, error);

  text = locate (loading, plain, &path, &seen, &fault);
  if (text != NULL)
    return load_found (loading, plain, path, text, depth, error);
  if (fault != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&fault));
      return FALSE;
    }
  if (seen != NULL && seen->open)
    return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT,
                         "%s: includes itself, directly or through other profiles", seen->path);

  return seen != NULL || optional ? TRUE : no_such_profile (loading->store, plain, error);
}

VtProfile *
vt_profile_store_load (const VtProfileStore *store, const char *name, GError **error)
{
  g_autoptr (VtProfile) profile = g_new0 (VtProfile, 1);
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (file_free);
  g_autoptr (GPtrArray) empty = g_ptr_array_new ();
  g_autoptr (GPtrArray) open = g_ptr_array_new ();
  g_autoptr (GPtrArray) units = vt_units_new (empty, 0);
  Loading loading
      = { .store = store, .files = files, .open = open, .units = units, .profile = profile };

  profile->name = g_strdup (name);
  profile->layers = g_ptr_array_new_with_free_func ((GDestroyNotify) vt_profile_layer_free);
  profile->ignored = g_ptr_array_new_with_free_func (g_free);

  if (!load_named (&loading, name, 0, error)
      || !vt_units_translate (units, profile->layers, profile->ignored, error))
    return NULL;

  return g_steal_pointer (&profile);
}

static char *
read_summary (const char *path, GBytes *text)
{
  gsize len;
  const char *data = g_bytes_get_data (text, &len);
  g_autoptr (GPtrArray) entries = vt_ini_parse (path, data, len, NULL);
  g_autoptr (GPtrArray) ignored = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (VtMainSection) section = NULL;

  if (entries == NULL)
    return NULL;

  section = vt_main_section_new (entries, ignored);
  return g_steal_pointer (&section->summary);
}

static void
list_folder (const char *root, const char *folder, GHashTable *seen, GPtrArray *infos)
{
  g_autoptr (GPtrArray) names = vt_profile_file_list (root, folder, PROFILES_MAX);

  for (guint i = 0; i < names->len && infos->len < PROFILES_MAX; i++)
    {
      g_autoptr (GBytes) text = NULL;
      VtProfileInfo *info;

      if (g_hash_table_contains (seen, names->pdata[i]))
        continue;
      text = vt_profile_file_read (root, folder, names->pdata[i], NULL);
      if (text == NULL)
        continue;

      info = g_new0 (VtProfileInfo, 1);
      info->name = g_strdup (names->pdata[i]);
      info->path = g_strdup_printf ("%s%s/%s/tuned.conf", root, folder, info->name);
      info->summary = read_summary (info->path, text);
      g_ptr_array_add (infos, info);
      g_hash_table_add (seen, info->name);
    }
}

static int
compare_infos (gconstpointer a, gconstpointer b)
{
  return strcmp ((*(VtProfileInfo *const *) a)->name, (*(VtProfileInfo *const *) b)->name);
}

GPtrArray *
vt_profile_store_list (const VtProfileStore *store)
{
  GPtrArray *infos = g_ptr_array_new_with_free_func ((GDestroyNotify) vt_profile_info_free);
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < store->folders->len; i++)
    list_folder (store->root, store->folders->pdata[i], seen, infos);

  g_ptr_array_sort (infos, compare_infos);
  return infos;
}
