/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/neighbours/sysctl-files.h"

#include <fnmatch.h>
#include <string.h>

#define FILES_MAX   256
#define ENTRIES_MAX 4096
#define SUFFIX      ".conf"

/* A file in a later folder replaces one of the same name in an earlier folder. */
static const char *const folders[] = { "run/sysctl.d", "etc/sysctl.d" };

#define LAST_FILE "etc/sysctl.conf"

typedef struct
{
  char *pattern; /* of fnmatch(3), as a path: "vm/swappiness" */
  char *path;
} Entry;

struct VtSysctlFiles
{
  GArray *entries; /* in the order in which the files are applied */
};

static void
entry_clear (gpointer data)
{
  Entry *entry = data;

  g_free (entry->pattern);
  g_free (entry->path);
}

/* A key with slashes; sysctl(8): where the first separator is a dot, dots separate. */
static char *
make_pattern (const char *key)
{
  const char *separator = strpbrk (key, "./");
  char *pattern = g_strdup (key);

  return separator != NULL && *separator == '.' ? g_strdelimit (pattern, ".", '/') : pattern;
}

/* "KEY = VALUE"; "-" before it: an error when it is written does not matter. */
static void
read_line (VtSysctlFiles *files, char *line, const char *path)
{
  char *sign;
  Entry entry;

  g_strchug (line); /* moves the text */
  sign = strchr (line, '=');
  if (*line == '#' || *line == ';' || sign == NULL || files->entries->len >= ENTRIES_MAX)
    return;

  *sign = '\0';
  entry.pattern = make_pattern (g_strstrip (*line == '-' ? line + 1 : line));
  entry.path = g_strconcat ("/", path, NULL);
  g_array_append_val (files->entries, entry);
}

static void
read_file (VtSysctlFiles *files, const VtKernelFs *fs, const char *path)
{
  g_autofree char *text = vt_kernel_fs_read (fs, path, NULL);
  g_auto (GStrv) lines = NULL;

  if (text == NULL)
    return;

  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    read_line (files, lines[i], path);
}

/* Name → path of each file. (transfer full) */
static GHashTable *
list_files (const VtKernelFs *fs)
{
  GHashTable *paths = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

  for (guint i = 0; i < G_N_ELEMENTS (folders); i++)
    {
      g_auto (GStrv) names = vt_kernel_fs_list (fs, folders[i]);

      for (guint j = 0; names[j] != NULL && j < FILES_MAX; j++)
        if (g_str_has_suffix (names[j], SUFFIX))
          g_hash_table_replace (paths, g_strdup (names[j]),
                                g_build_filename (folders[i], names[j], NULL));
    }

  return paths;
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

VtSysctlFiles *
vt_sysctl_files_read (const VtKernelFs *fs)
{
  VtSysctlFiles *files = g_new0 (VtSysctlFiles, 1);
  g_autoptr (GHashTable) paths = list_files (fs);
  guint n;
  g_autofree gpointer *names = g_hash_table_get_keys_as_array (paths, &n);

  files->entries = g_array_new (FALSE, FALSE, sizeof (Entry));
  g_array_set_clear_func (files->entries, entry_clear);
  qsort (names, n, sizeof *names, compare_names);
  for (guint i = 0; i < n; i++)
    read_file (files, fs, g_hash_table_lookup (paths, names[i]));
  read_file (files, fs, LAST_FILE);

  return files;
}

void
vt_sysctl_files_free (VtSysctlFiles *files)
{
  g_array_unref (files->entries);
  g_free (files);
}

const char *
vt_sysctl_files_find (const VtSysctlFiles *files, const char *name)
{
  g_autofree char *path = make_pattern (name);

  for (guint i = files->entries->len; i > 0; i--)
    {
      const Entry *entry = &g_array_index (files->entries, Entry, i - 1);

      if (fnmatch (entry->pattern, path, FNM_PATHNAME) == 0)
        return entry->path;
    }

  return NULL;
}
