/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/state/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "protocol/error.h"

static gboolean
lock_folder (int fd, const char *folder, GError **error)
{
  if (fd < 0)
    return vt_error_set (error, VT_ERROR_STATE, "opening the state folder %s: %s", folder,
                         g_strerror (errno));
  if (flock (fd, LOCK_EX | LOCK_NB) == 0)
    return TRUE;
  if (errno == EWOULDBLOCK)
    return vt_error_set (error, VT_ERROR_STATE, "another agent uses the state folder %s", folder);

  return vt_error_set (error, VT_ERROR_STATE, "locking the state folder %s: %s", folder,
                       g_strerror (errno));
}

int
vt_state_folder_lock (const char *folder, GError **error)
{
  int fd;

  if (g_mkdir_with_parents (folder, 0700) < 0)
    {
      vt_error_set (error, VT_ERROR_STATE, "creating the state folder %s: %s", folder,
                    g_strerror (errno));
      return -1;
    }

  fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (lock_folder (fd, folder, error))
    return fd;
  if (fd >= 0)
    close (fd);

  return -1;
}

/* The first name that is free, else the last. (transfer full) */
static char *
find_damaged_path (const char *folder, const char *name)
{
  char *path = NULL;
  struct stat info;

  for (guint i = 1; i <= VT_STATE_MAX_DAMAGED; i++)
    {
      g_free (path);
      path = g_strdup_printf ("%s/%s.damaged-%u", folder, name, i);
      if (lstat (path, &info) < 0)
        break;
    }

  return path;
}

gboolean
vt_state_folder_set_aside (const char *folder, const char *name, const char *why, GError **error)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree char *damaged = find_damaged_path (folder, name);

  g_message ("%s is damaged (%s); renaming it to %s", path, why, damaged);
  if (g_rename (path, damaged) < 0)
    return vt_error_set (error, VT_ERROR_STATE, "renaming the damaged %s: %s", path,
                         g_strerror (errno));

  return TRUE;
}

GPtrArray *
vt_state_folder_list_damaged (const char *folder, const char *name)
{
  GPtrArray *list = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 1; i <= VT_STATE_MAX_DAMAGED; i++)
    {
      g_autofree char *path = g_strdup_printf ("%s/%s.damaged-%u", folder, name, i);
      struct stat info;

      if (lstat (path, &info) == 0)
        g_ptr_array_add (list, g_steal_pointer (&path));
    }

  return list;
}

/* Returns: 0 or a negative errno. */
static int
read_descriptor (int fd, GString *text)
{
  struct stat info;
  char buffer[16384];

  if (fstat (fd, &info) < 0)
    return -errno;
  if (!S_ISREG (info.st_mode))
    return -EINVAL;

  while (text->len <= VT_STATE_FILE_MAX)
    {
      ssize_t n = TEMP_FAILURE_RETRY (read (fd, buffer, sizeof buffer));

      if (n < 0)
        return -errno;
      if (n == 0)
        return 0;

      g_string_append_len (text, buffer, n);
    }

  return -EFBIG;
}

static int
open_to_read (const char *path)
{
  return open (path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
}

int
vt_state_folder_read (const char *folder, const char *name, GString *text)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  int fd = open_to_read (path);
  int result;

  if (fd < 0)
    return -errno;

  result = read_descriptor (fd, text);
  close (fd);
  return result;
}

/* Returns: 0 or a negative errno. */
static int
write_and_sync (int fd, const GString *text)
{
  for (gsize at = 0; at < text->len;)
    {
      ssize_t n = TEMP_FAILURE_RETRY (write (fd, text->str + at, text->len - at));

      if (n < 0)
        return -errno;
      at += (gsize) n;
    }

  return fsync (fd) < 0 ? -errno : 0;
}

/* Creates the file with @text in it, on disk. One that a killed writer left is removed first. */
static int
write_new (const char *path, const GString *text)
{
  int fd;
  int result;

  (void) unlink (path);
  fd = open (path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0)
    return -errno;

  result = write_and_sync (fd, text);
  if (close (fd) < 0 && result == 0)
    result = -errno;
  if (result < 0)
    (void) unlink (path);

  return result;
}

static int
sync_folder (const char *folder)
{
  int fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int result;

  if (fd < 0)
    return -errno;

  result = fsync (fd) < 0 ? -errno : 0;
  close (fd);

  return result;
}

/* Restores the content of @old at @path; -1: there was no file. Does what it can. */
static void
restore (const char *path, const char *next, int old)
{
  g_autoptr (GString) text = g_string_new (NULL);

  if (old < 0)
    (void) unlink (path);
  else if (read_descriptor (old, text) == 0 && write_new (next, text) == 0
           && rename (next, path) < 0)
    (void) unlink (next);
}

/*
 * Where the folder cannot be synced, nobody knows which of the two files a power cut leaves. The
 * caller is told that the new one was not written, so the old one is restored.
 */
static int
sync_or_restore (const char *folder, const char *path, const char *next, int old)
{
  int result = sync_folder (folder);

  if (result < 0)
    restore (path, next, old);

  return result;
}

/*
 * Used in place of g_file_set_contents_full(), which always syncs the folder, and leaves a
 * temporary file behind for each writer that is killed.
 */
int
vt_state_folder_replace (const char *folder, const char *name, const GString *text)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree char *next = g_strconcat (path, ".new", NULL);
  int result = write_new (next, text);
  int old;

  if (result < 0)
    return result;

  old = open_to_read (path);
  if (rename (next, path) < 0)
    {
      result = -errno;
      (void) unlink (next);
    }
  else
    result = sync_or_restore (folder, path, next, old);

  if (old >= 0)
    close (old);

  return result;
}

int
vt_state_folder_remove (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  return unlink (path) < 0 && errno != ENOENT ? -errno : 0;
}

void
vt_state_folder_keep_damaged (const char *folder,
                              const char *name,
                              const GString *text,
                              const char *why)
{
  g_autofree char *path = find_damaged_path (folder, name);
  int result = write_new (path, text);

  g_message ("the end of %s/%s is damaged (%s); copying it to %s", folder, name, why, path);
  if (result < 0)
    g_message ("writing %s: %s", path, g_strerror (-result));
}
