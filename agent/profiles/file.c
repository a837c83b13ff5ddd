/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/profiles/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

static gboolean
fault (const char *folder, const char *name, const char *what, GError **error)
{
  return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT, "%s/%s/tuned.conf: %s", folder, name,
                       what);
}

/* openat(2) with O_DIRECTORY gives ENOTDIR for a symlink as for a plain file. */
static gboolean
is_symlink (Descriptor dir, const char *name)
{
  struct stat st;

  return fstatat (dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK (st.st_mode);
}

/* Returns -1 without an error if the file doesn't exist. */
static Descriptor
open_file (const char *folder, const char *name, GError **error)
{
  g_auto (Descriptor) dir = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  g_auto (Descriptor) own = -1;
  Descriptor fd = -1;

  if (dir >= 0)
    own = openat (dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (own >= 0)
    fd = openat (own, "tuned.conf", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

  if (dir >= 0 && own < 0 && errno == ENOTDIR)
    errno = is_symlink (dir, name) ? ELOOP : ENOENT;

  if (fd < 0 && errno == ELOOP)
    fault (folder, name, "is a symbolic link, which is not followed", error);
  else if (fd < 0 && errno != ENOENT && errno != ENOTDIR)
    fault (folder, name, g_strerror (errno), error);

  return fd;
}

static GBytes *
read_file (Descriptor fd, const char *folder, const char *name, GError **error)
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
          fault (folder, name, g_strerror (errno), error);
          return NULL;
        }
      if (n == 0)
        return g_bytes_new (text, len);
      len += n;
    }

  fault (folder, name, "is larger than 64 KiB", error);
  return NULL;
}

GBytes *
vt_profile_file_read (const char *folder, const char *name, GError **error)
{
  g_auto (Descriptor) fd = open_file (folder, name, error);
  struct stat st;

  if (fd < 0)
    return NULL;

  if (fstat (fd, &st) < 0 || !S_ISREG (st.st_mode))
    {
      fault (folder, name, "is no regular file", error);
      return NULL;
    }

  return read_file (fd, folder, name, error);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

GPtrArray *
vt_profile_file_list (const char *folder, guint max)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && names->len < max && (name = g_dir_read_name (dir)) != NULL)
    if (vt_profile_name_is_valid (name))
      g_ptr_array_add (names, g_strdup (name));

  g_ptr_array_sort (names, compare_names);
  return names;
}
