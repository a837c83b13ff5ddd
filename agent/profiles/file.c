/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/profiles/file.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "agent/profiles/trusted-path.h"
#include "protocol/error.h"

typedef int Descriptor;

static void
descriptor_close (Descriptor *fd)
{
  if (*fd >= 0)
    close (*fd);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Descriptor, descriptor_close)

gboolean
vt_profile_name_is_valid (const char *name)
{
  gsize len = strlen (name);

  if (len == 0 || len > VT_PROFILE_NAME_MAX || name[0] == '.' || name[0] == '-')
    return FALSE;

  for (gsize i = 0; i < len; i++)
    if (!g_ascii_isalnum (name[i]) && strchr ("_.-", name[i]) == NULL)
      return FALSE;

  return TRUE;
}

/* Returns FALSE with "PATH: WHAT". */
static gboolean
fault (const char *path, const char *what, GError **error)
{
  return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT, "%s: %s", path, what);
}

static GBytes *
read_file (Descriptor fd, const char *path, GError **error)
{
  g_autofree char *text = g_malloc (VT_PROFILE_FILE_MAX + 1);
  gsize len = 0;

  while (len <= VT_PROFILE_FILE_MAX)
    {
      gssize n = read (fd, text + len, VT_PROFILE_FILE_MAX + 1 - len);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        {
          fault (path, g_strerror (errno), error);
          return NULL;
        }
      if (n == 0)
        return g_bytes_new (text, len);
      len += n;
    }

  fault (path, "is larger than 64 KiB", error);
  return NULL;
}

GBytes *
vt_profile_file_read (const char *root, const char *folder, const char *name, GError **error)
{
  g_autofree char *rest = g_strconcat (name, "/tuned.conf", NULL);
  g_autofree char *path = g_strdup_printf ("%s%s/%s", root, folder, rest);
  g_autoptr (GError) reason = NULL;
  g_auto (Descriptor) fd = vt_trusted_path_open (root, folder, rest, VT_TRUSTED_FILE, &reason);

  if (reason != NULL)
    fault (path, reason->message, error);

  return fd >= 0 ? read_file (fd, path, error) : NULL;
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

/* NULL where the folder is absent or not to be followed. */
static DIR *
open_folder (const char *root, const char *folder)
{
  const Descriptor fd = vt_trusted_path_open (root, folder, NULL, VT_TRUSTED_FOLDER, NULL);
  DIR *dir = fd >= 0 ? fdopendir (fd) : NULL;

  if (dir == NULL && fd >= 0)
    close (fd);

  return dir;
}

GPtrArray *
vt_profile_file_list (const char *root, const char *folder, guint max)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  DIR *dir = open_folder (root, folder);
  const struct dirent *entry;

  while (dir != NULL && names->len < max && (entry = readdir (dir)) != NULL)
    if (vt_profile_name_is_valid (entry->d_name))
      g_ptr_array_add (names, g_strdup (entry->d_name));
  if (dir != NULL)
    closedir (dir);

  g_ptr_array_sort (names, compare_names);
  return names;
}
