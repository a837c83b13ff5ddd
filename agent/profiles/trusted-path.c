/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/profiles/trusted-path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/profiles/text.h"
#include "protocol/error.h"

#define LINKS_MAX 40 /* as in the kernel (MAXSYMLINKS) */
#define DEPTH_MAX 64 /* open folders */

/* An open folder of the resolved path. */
typedef struct
{
  int fd;
  gsize len; /* of the walk's path */
} Folder;

/*
 * Each component is opened below the descriptor of its folder, without
 * following it, and is then judged by its own descriptor. So a rename in the
 * meantime can't put something else in its place.
 */
typedef struct
{
  GArray *folders;  /* of Folder; the first is the root */
  GString *path;    /* of the last folder, for messages */
  char *distrusted; /* why a symbolic link would not be followed; NULL: no reason so far */
  guint links;
} Walk;

static void
folder_clear (gpointer data)
{
  Folder *folder = data;

  close (folder->fd);
}

static void
walk_clear (Walk *walk)
{
  g_array_unref (walk->folders);
  g_string_free (walk->path, TRUE);
  g_free (walk->distrusted);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Walk, walk_clear)

static int
discard (int fd)
{
  if (fd >= 0)
    close (fd);

  return -1;
}

static int
get_folder (const Walk *walk)
{
  return g_array_index (walk->folders, Folder, walk->folders->len - 1).fd;
}

/*
 * A folder that its group can write is safe if it is sticky: the group can't
 * rename or remove what belongs to root. /nix/store is such a folder (mode
 * 1775). The agent runs as root; a test runs as any user.
 */
static void
judge (Walk *walk, const char *name, const struct stat *st)
{
  const char *reason = NULL;

  if (walk->distrusted != NULL)
    return;

  if (st->st_uid != 0 && st->st_uid != geteuid ())
    reason = "does not belong to root";
  else if (!S_ISLNK (st->st_mode) && (st->st_mode & S_IWOTH) != 0)
    reason = "can be written by others";
  else if (!S_ISLNK (st->st_mode) && (st->st_mode & S_IWGRP) != 0
           && !(S_ISDIR (st->st_mode) && (st->st_mode & S_ISVTX) != 0))
    reason = "can be written by its group";

  if (reason != NULL)
    {
      g_autofree char *whole = g_strconcat (walk->path->str, "/", name, NULL);
      g_autofree char *text = vt_profile_text (whole);

      walk->distrusted = g_strdup_printf ("%s %s", text, reason);
    }
}

static gboolean
push (Walk *walk, int fd, const char *name, GError **error)
{
  Folder folder = { .fd = fd };

  if (walk->folders->len >= DEPTH_MAX)
    {
      close (fd);
      return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT, "is more than %d folders deep",
                           DEPTH_MAX);
    }

  if (name != NULL)
    g_string_append_printf (walk->path, "/%s", name);
  folder.len = walk->path->len;
  g_array_append_val (walk->folders, folder);
  return TRUE;
}

/* Goes up to the folder @n - 1; the root has no parent. */
static void
pop (Walk *walk, guint n)
{
  g_array_set_size (walk->folders, MAX (n, 1));
  g_string_truncate (walk->path, g_array_index (walk->folders, Folder, walk->folders->len - 1).len);
}

/* Puts the target of the link @fd before @rest. */
static gboolean
follow (Walk *walk, int fd, char **rest, GError **error)
{
  char target[PATH_MAX];
  const ssize_t len = readlinkat (fd, "", target, sizeof target - 1);
  char *longer;

  if (len <= 0)
    return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT, "a symbolic link can't be read");
  if (++walk->links > LINKS_MAX)
    return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT, "leads to more than %d symbolic links",
                         LINKS_MAX);

  target[len] = '\0';
  if (target[0] == '/')
    pop (walk, 1);
  longer = g_strconcat (target, "/", *rest, NULL);
  g_free (*rest);
  *rest = longer;
  return TRUE;
}

static void
drop_slashes (char **rest)
{
  const gsize n = strspn (*rest, "/");

  memmove (*rest, *rest + n, strlen (*rest + n) + 1);
}

/* Cuts the first component off @rest. (transfer full) */
static char *
take_component (char **rest)
{
  char *name;
  gsize len;

  drop_slashes (rest);
  len = strcspn (*rest, "/");
  name = g_strndup (*rest, len);
  memmove (*rest, *rest + len, strlen (*rest + len) + 1);
  drop_slashes (rest);

  return name;
}

/* The file is opened again to be read. It is judged anew, as it may be another one by now. */
static int
open_file (Walk *walk, const char *name, GError **error)
{
  const int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  int fd = openat (get_folder (walk), name, flags);
  struct stat st;

  if (fd < 0 || fstat (fd, &st) < 0)
    vt_error_set (error, VT_ERROR_INVALID_ARGUMENT, "%s", g_strerror (errno));
  else if (!S_ISREG (st.st_mode))
    vt_error_set (error, VT_ERROR_INVALID_ARGUMENT, "is no regular file");
  else
    {
      judge (walk, name, &st);
      return fd;
    }

  return discard (fd);
}

/*
 * Goes on with the component @fd (taken), named @name. *@ret is the file if that
 * is what it is. FALSE without an error: more is expected below what is no folder.
 */
static gboolean
step (Walk *walk, int fd, const char *name, char **rest, int *ret, GError **error)
{
  struct stat st;
  gboolean followed;

  if (fstat (fd, &st) < 0)
    {
      close (fd);
      return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT, "%s", g_strerror (errno));
    }

  judge (walk, name, &st);
  if (S_ISDIR (st.st_mode))
    return push (walk, fd, name, error);

  followed = S_ISLNK (st.st_mode) && follow (walk, fd, rest, error);
  close (fd);
  if (S_ISLNK (st.st_mode))
    return followed;
  if (**rest != '\0')
    return FALSE;
  if (!S_ISREG (st.st_mode))
    return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT, "is no regular file");

  *ret = open_file (walk, name, error);
  return *ret >= 0;
}

/*
 * Walks down @path from the last folder. *@ret is the file that it ends at, and
 * stays -1 where that is a folder. FALSE without an error: something is absent.
 */
static gboolean
walk_down (Walk *walk, const char *path, int *ret, GError **error)
{
  g_autofree char *rest = g_strdup (path);

  while (*rest != '\0')
    {
      g_autofree char *name = take_component (&rest);
      int fd;

      if (*name == '\0' || g_str_equal (name, "."))
        continue;
      if (g_str_equal (name, ".."))
        {
          pop (walk, walk->folders->len - 1);
          continue;
        }

      fd = openat (get_folder (walk), name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
      if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return FALSE;
      if (fd < 0)
        return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT, "%s", g_strerror (errno));
      if (!step (walk, fd, name, &rest, ret, error))
        return FALSE;
    }

  return TRUE;
}

static gboolean
walk_init (Walk *walk, const char *root, GError **error)
{
  const int fd = open (*root != '\0' ? root : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  struct stat st;

  walk->folders = g_array_new (FALSE, FALSE, sizeof (Folder));
  g_array_set_clear_func (walk->folders, folder_clear);
  walk->path = g_string_new (root);
  if (fd < 0)
    return FALSE;
  if (!push (walk, fd, NULL, error))
    return FALSE;
  if (fstat (fd, &st) == 0)
    judge (walk, "", &st);

  return TRUE;
}

/* The last folder, to be listed. */
static int
reopen_folder (const Walk *walk, GError **error)
{
  const int fd = openat (get_folder (walk), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  if (fd < 0)
    vt_error_set (error, VT_ERROR_INVALID_ARGUMENT, "%s", g_strerror (errno));

  return fd;
}

/* Of a walk that found something: whether its links could be followed. */
static int
conclude (const Walk *walk, int fd, GError **error)
{
  if (fd < 0 || walk->links == 0 || walk->distrusted == NULL)
    return fd;

  vt_error_set (error, VT_ERROR_INVALID_ARGUMENT,
                "a symbolic link is followed only where root alone can change what it leads to: %s",
                walk->distrusted);
  return discard (fd);
}

int
vt_trusted_path_open (
    const char *root, const char *folder, const char *rest, VtTrustedKind kind, GError **error)
{
  g_auto (Walk) walk = { NULL };
  g_autoptr (GError) fault = NULL;
  guint links;
  int fd = -1;

  /* The folder may be absent, and what stands in its place may be a file. */
  if (!walk_init (&walk, root, error) || !walk_down (&walk, folder, &fd, error) || fd >= 0)
    return discard (fd);

  links = walk.links;
  if (rest != NULL && !walk_down (&walk, rest, &fd, &fault))
    {
      if (fault != NULL)
        g_propagate_error (error, g_steal_pointer (&fault));
      else if (walk.links > links)
        vt_error_set (error, VT_ERROR_INVALID_ARGUMENT, "is a symbolic link that leads to nothing");
      return -1;
    }

  if (kind == VT_TRUSTED_FOLDER)
    fd = reopen_folder (&walk, error);
  else if (fd < 0)
    vt_error_set (error, VT_ERROR_INVALID_ARGUMENT, "is no regular file");

  return conclude (&walk, fd, error);
}
