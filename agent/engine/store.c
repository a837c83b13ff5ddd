/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/engine/store.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "protocol/error.h"
#include "protocol/json.h"

#define STORE_VERSION 1

static const VtScannerLimits limits = {
  .max_frame = VT_STORE_MAX,
  .max_depth = 16,
  .max_tokens = 512 * 1024,
};

static gboolean
lock_folder (int fd, const char *folder, GError **error)
{
  if (fd < 0)
    return vt_error_set (error, VT_ERROR_STATE, "opening the state folder %s: %s", folder,
                         g_strerror (errno));
  if (flock (fd, LOCK_EX | LOCK_NB) == 0)
    return TRUE;
  if (errno == EWOULDBLOCK)
    return vt_error_set (error, VT_ERROR_STATE, "another agent has the state folder %s", folder);

  return vt_error_set (error, VT_ERROR_STATE, "locking the state folder %s: %s", folder,
                       g_strerror (errno));
}

int
vt_store_take (const char *folder, GError **error)
{
  int fd;

  if (g_mkdir_with_parents (folder, 0700) < 0)
    {
      vt_error_set (error, VT_ERROR_STATE, "making the state folder %s: %s", folder,
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

static char *
damaged_path (const char *folder, const char *name, guint number)
{
  return g_strdup_printf ("%s/%s.damaged-%u", folder, name, number);
}

gboolean
vt_store_set_aside (const char *folder, const char *name, const char *why, GError **error)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree char *aside = NULL;
  struct stat info;

  for (guint i = 1; i <= VT_STORE_MAX_DAMAGED; i++)
    {
      g_free (aside);
      aside = damaged_path (folder, name, i);
      if (lstat (aside, &info) < 0)
        break;
    }

  g_message ("%s is not believed (%s): set aside as %s", path, why, aside);
  if (g_rename (path, aside) < 0)
    return vt_error_set (error, VT_ERROR_STATE, "setting aside %s: %s", path, g_strerror (errno));

  return TRUE;
}

GPtrArray *
vt_store_list_damaged (const char *folder, const char *name)
{
  GPtrArray *list = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 1; i <= VT_STORE_MAX_DAMAGED; i++)
    {
      g_autofree char *path = damaged_path (folder, name, i);
      struct stat info;

      if (lstat (path, &info) == 0)
        g_ptr_array_add (list, g_steal_pointer (&path));
    }

  return list;
}

/* Up to VT_STORE_MAX bytes of a regular file of one name only. 0 or a negative errno. */
static int
read_whole (int fd, GString *text)
{
  struct stat info;
  char buffer[16384];

  if (fstat (fd, &info) < 0)
    return -errno;
  if (!S_ISREG (info.st_mode))
    return -EINVAL;

  while (text->len <= VT_STORE_MAX)
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

static char *
checksum_of (JsonObject *content)
{
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  g_autofree char *text = NULL;

  json_node_set_object (node, content);
  text = vt_json_to_string (node);

  return g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);
}

/* What is inside of the file's text, if it is what was written. (transfer full) */
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

  if (version != STORE_VERSION)
    {
      vt_error_set (error, VT_ERROR_INVALID_ARGUMENT, "version %" G_GINT64_FORMAT " is not %d",
                    version, STORE_VERSION);
      return NULL;
    }

  expected = checksum_of (content);
  if (!g_str_equal (expected, checksum))
    {
      vt_error_set (error, VT_ERROR_INVALID_ARGUMENT, "the checksum does not fit the content");
      return NULL;
    }

  return json_object_ref (content);
}

gboolean
vt_store_load (const char *folder, const char *name, JsonObject **ret, GError **error)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GError) fault = NULL;
  JsonObject *content;
  int r;
  int fd = open (path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
  if (fd < 0 && errno == ENOENT)
    return TRUE;
  if (fd < 0)
    return vt_store_set_aside (folder, name, g_strerror (errno), error);

  r = read_whole (fd, text);
  close (fd);
  if (r < 0)
    return vt_store_set_aside (folder, name, g_strerror (-r), error);

  content = open_envelope (text, &fault);
  if (content == NULL)
    return vt_store_set_aside (folder, name, fault->message, error);

  *ret = content;
  return TRUE;
}

/* 0 or a negative errno. */
static int
write_whole (int fd, const GString *text)
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

/* A file of @text alone, on disk. What a predecessor left of one goes. 0 or a negative errno. */
static int
write_new (const char *path, const GString *text)
{
  int fd;
  int result;

  (void) unlink (path);
  fd = open (path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0)
    return -errno;

  result = write_whole (fd, text);
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

/* What @old (-1: nothing) holds takes its place again, as far as that can be. */
static void
put_back (const char *path, const char *next, int old)
{
  g_autoptr (GString) text = g_string_new (NULL);

  if (old < 0)
    (void) unlink (path);
  else if (read_whole (old, text) == 0 && write_new (next, text) == 0 && rename (next, path) < 0)
    (void) unlink (next);
}

/* A folder that can't be synced may forget the new file, or not: nobody is to find it. */
static int
sync_or_put_back (const char *folder, const char *path, const char *next, int old)
{
  int result = sync_folder (folder);

  if (result < 0)
    put_back (path, next, old);

  return result;
}

/*
 * In place of g_file_set_contents_full(): that syncs the folder even where
 * nothing has to last, and of each killed writer it leaves a file behind.
 */
static int
replace (const char *folder, const char *path, const GString *text, VtStoreSync sync)
{
  g_autofree char *next = g_strconcat (path, ".new", NULL);
  int result = write_new (next, text);
  int old;

  if (result < 0)
    return result;

  old = open (path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
  if (rename (next, path) < 0)
    {
      result = -errno;
      (void) unlink (next);
    }
  else if (sync == VT_STORE_DURABLE)
    result = sync_or_put_back (folder, path, next, old);

  if (old >= 0)
    close (old);

  return result;
}

gboolean
vt_store_save (
    const char *folder, const char *name, JsonObject *content, VtStoreSync sync, GError **error)
{
  return vt_store_save_within (folder, name, content, VT_STORE_MAX, sync, error);
}

gboolean
vt_store_save_within (const char *folder,
                      const char *name,
                      JsonObject *content,
                      gsize max,
                      VtStoreSync sync,
                      GError **error)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree char *checksum = checksum_of (content);
  g_autoptr (JsonObject) object = json_object_new ();
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  g_autoptr (GString) text = NULL;
  g_autofree char *pretty = NULL;
  int result;

  json_object_set_int_member (object, "version", STORE_VERSION);
  json_object_set_string_member (object, "checksum", checksum);
  json_object_set_object_member (object, "content", json_object_ref (content));
  json_node_set_object (node, object);

  pretty = vt_json_to_pretty (node);
  text = g_string_new (pretty);
  g_string_append_c (text, '\n');
  if (text->len > max)
    return vt_error_set (error, VT_ERROR_STATE,
                         "writing %s: it would be larger than %" G_GSIZE_FORMAT " bytes", path,
                         max);

  result = replace (folder, path, text, sync);
  if (result < 0)
    return vt_error_set (error, VT_ERROR_STATE, "writing %s: %s", path, g_strerror (-result));

  return TRUE;
}
