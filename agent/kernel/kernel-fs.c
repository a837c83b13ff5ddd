/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/kernel/kernel-fs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/kernel/simulated-store.h"
#include "protocol/error.h"

/* openat2(2) gives EAGAIN where a rename anywhere meets a ".." of a link: a
 * race that is lost a few times in a row at most. */
#define OPEN_ATTEMPTS 64

struct VtKernelFs
{
  char *root;     /* "" for "/" */
  int fd;         /* of the root, O_PATH */
  gboolean plain; /* the kernel has no openat2(2) (before 5.6), or a filter forbids it */
};

static gboolean
path_is_safe (const char *path)
{
  if (*path == '\0')
    return FALSE;

  for (const char *part = path; part != NULL; part = strchr (part, '/'))
    {
      if (*part == '/')
        part++;
      if (strncmp (part, "..", 2) == 0 && (part[2] == '/' || part[2] == '\0'))
        return FALSE;
    }

  return TRUE;
}

static int
open_in_root (int root, const char *path, int flags)
{
  struct open_how how = {
    .flags = (guint64) flags,
    .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
  };

  for (guint i = 0; i < OPEN_ATTEMPTS; i++)
    {
      long fd = syscall (__NR_openat2, root, path, &how, sizeof how);

      if (fd >= 0)
        return (int) fd;
      if (errno != EAGAIN && errno != EINTR)
        break;
    }

  return -errno;
}

/*
 * Returns: a descriptor or a negative errno. O_NONBLOCK does nothing to
 * kernel attributes, and keeps a FIFO in their place from holding us up.
 */
static int
open_path (const VtKernelFs *fs, const char *path, int flags)
{
  int fd;

  while (*path == '/')
    path++;
  if (!path_is_safe (path))
    return -EINVAL;

  flags |= O_CLOEXEC;
  if (!(flags & O_PATH))
    flags |= O_NOCTTY | O_NONBLOCK;
  if (!fs->plain)
    return open_in_root (fs->fd, path, flags);

  do
    fd = openat (fs->fd, path, flags);
  while (fd < 0 && errno == EINTR);

  return fd >= 0 ? fd : -errno;
}

static gboolean
close_fd (int fd)
{
  return fd >= 0 && close (fd) == 0;
}

VtKernelFs *
vt_kernel_fs_new (const char *root, GError **error)
{
  g_autoptr (VtKernelFs) fs = g_new0 (VtKernelFs, 1);
  g_autofree char *real = realpath (root != NULL ? root : "/", NULL);
  int fd;

  fs->fd = real != NULL ? open (real, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
  if (fs->fd < 0)
    {
      vt_error_set_errno (error, errno, "opening the root '%s'", root != NULL ? root : "/");
      return NULL;
    }

  fs->root = g_strdup (g_str_equal (real, "/") ? "" : real);
  fd = open_in_root (fs->fd, ".", O_PATH | O_CLOEXEC);
  if (fd < 0 && *fs->root != '\0')
    {
      vt_error_set_errno (error, -fd, "keeping to the root '%s' needs openat2(2)", fs->root);
      return NULL;
    }

  fs->plain = !close_fd (fd);

  return g_steal_pointer (&fs);
}

void
vt_kernel_fs_free (VtKernelFs *fs)
{
  if (fs == NULL)
    return;

  close_fd (fs->fd);
  g_free (fs->root);
  g_free (fs);
}

const char *
vt_kernel_fs_get_root (const VtKernelFs *fs)
{
  return fs->root;
}

/* Always FALSE. */
static gboolean
set_path_error (GError **error, int errsv, const char *doing, const char *path)
{
  if (errsv == ENOENT || errsv == ENODEV)
    return vt_error_set (error, VT_ERROR_NOT_OFFERED, "%s /%s: %s", doing, path,
                         g_strerror (errsv));

  return vt_error_set_errno (error, errsv, "%s /%s", doing, path);
}

/* One read(2) that no signal ends. Returns: bytes or a negative errno. */
static gssize
read_some (int fd, char *buffer, gsize size)
{
  gssize n;

  do
    n = read (fd, buffer, size);
  while (n < 0 && errno == EINTR);

  return n >= 0 ? n : -errno;
}

/* The attribute's text without its end of line. Returns: 0 or a negative errno. */
static int
read_fd (int fd, char *buffer, gsize size)
{
  gsize len = 0;
  gssize n;

  if (size == 0)
    return -EINVAL;

  while (len < size - 1 && (n = read_some (fd, buffer + len, size - 1 - len)) != 0)
    {
      if (n < 0)
        return (int) n;
      len += (gsize) n;
    }

  while (len > 0 && g_ascii_isspace (buffer[len - 1]))
    len--;
  buffer[len] = '\0';

  return 0;
}

int
vt_kernel_fs_read_buffer (const VtKernelFs *fs, const char *path, char *buffer, gsize size)
{
  int fd = open_path (fs, path, O_RDONLY);
  int result;

  if (fd < 0)
    return fd;

  result = read_fd (fd, buffer, size);
  close_fd (fd);

  return result;
}

gssize
vt_kernel_fs_read_raw (const VtKernelFs *fs, const char *path, void *buffer, gsize size)
{
  int fd = open_path (fs, path, O_RDONLY);
  gssize result;

  if (fd < 0)
    return fd;

  result = read_some (fd, buffer, size);
  close_fd (fd);

  return result;
}

/*
 * Whether a read that gave @n of @size bytes came to the end. Attributes and
 * sysctls give all they have at once; files of many records stop where the
 * next does not fit, which is a short line (filesystems/seq_file).
 */
static gboolean
is_last_part (gssize n, gsize size)
{
  return (gsize) n < size / 2;
}

char *
vt_kernel_fs_read (const VtKernelFs *fs, const char *path, GError **error)
{
  g_autoptr (GString) text = g_string_sized_new (256);
  int fd = open_path (fs, path, O_RDONLY);
  gssize n = fd;
  char page[4096];

  if (fd >= 0)
    {
      while ((n = read_some (fd, page, sizeof page)) > 0 && text->len < VT_KERNEL_FILE_MAX)
        {
          g_string_append_len (text, page, MIN ((gsize) n, VT_KERNEL_FILE_MAX - text->len));
          if (is_last_part (n, sizeof page))
            break;
        }
      close_fd (fd);
    }
  if (n < 0)
    {
      set_path_error (error, (int) -n, "reading", path);
      return NULL;
    }

  return g_strchomp (g_string_free (g_steal_pointer (&text), FALSE));
}

/* One write(2), as store functions want it; a plain file also loses what was there. */
static int
write_raw (const VtKernelFs *fs, const char *path, const char *value)
{
  gsize len = strlen (value);
  int fd = open_path (fs, path, *fs->root == '\0' ? O_WRONLY : O_WRONLY | O_TRUNC);
  int result = 0;
  gssize n;

  if (fd < 0)
    return fd;

  n = write (fd, value, len);
  if (n < 0)
    result = -errno;
  else if ((gsize) n < len)
    result = -EIO;
  close_fd (fd);

  return result;
}

/* What the kernel would make of it, in a tree of plain files. */
static int
write_simulated (const VtKernelFs *fs, const char *path, const char *value)
{
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  g_autofree char *zeroed = vt_simulated_zeroes (path);
  g_autofree char *text = NULL;
  int result = -EINVAL;

  before = vt_kernel_fs_read (fs, path, NULL);
  if (before == NULL)
    return write_raw (fs, path, value);

  result = vt_simulated_store (path, before, value, &after);
  if (result < 0)
    return result;

  text = g_strconcat (after, "\n", NULL);
  result = write_raw (fs, path, text);
  if (result == 0 && zeroed != NULL)
    result = write_raw (fs, zeroed, "0\n");

  return result;
}

int
vt_kernel_fs_write_errno (const VtKernelFs *fs, const char *path, const char *value)
{
  return *fs->root == '\0' ? write_raw (fs, path, value) : write_simulated (fs, path, value);
}

gboolean
vt_kernel_fs_write (const VtKernelFs *fs, const char *path, const char *value, GError **error)
{
  g_autofree char *doing = NULL;
  int result;

  do
    result = vt_kernel_fs_write_errno (fs, path, value);
  while (result == -EINTR);
  if (result == 0)
    return TRUE;

  doing = g_strdup_printf ("writing '%s' to", value);
  return set_path_error (error, -result, doing, path);
}

int
vt_kernel_fs_check_writable (const VtKernelFs *fs, const char *path)
{
  int fd = open_path (fs, path, O_WRONLY);

  return close_fd (fd) ? 0 : MIN (fd, 0);
}

/* There are hundreds to look for, and one call is half of two: where no root is to be kept to. */
gboolean
vt_kernel_fs_exists (const VtKernelFs *fs, const char *path)
{
  while (*path == '/')
    path++;
  if (*fs->root == '\0' && path_is_safe (path))
    return faccessat (fs->fd, path, F_OK, 0) == 0;

  return close_fd (open_path (fs, path, O_PATH));
}

/* The names of one buffer of getdents64(2). FALSE where @func has had enough. */
static gboolean
each_entry (const char *buffer, gsize len, VtNameFunc func, gpointer data)
{
  for (gsize at = 0; at < len;)
    {
      const struct dirent64 *entry = (const struct dirent64 *) (gconstpointer) (buffer + at);
      const char *name = entry->d_name;

      at += entry->d_reclen;
      if (g_str_equal (name, ".") || g_str_equal (name, ".."))
        continue;
      if (!func (name, data))
        return FALSE;
    }

  return TRUE;
}

int
vt_kernel_fs_each (const VtKernelFs *fs, const char *path, VtNameFunc func, gpointer data)
{
  char buffer[4096] __attribute__ ((aligned (8)));
  int fd = open_path (fs, path, O_RDONLY | O_DIRECTORY);
  long n;

  if (fd < 0)
    return fd;

  /* readdir(3) would allocate. */
  while ((n = syscall (__NR_getdents64, fd, buffer, sizeof buffer)) > 0)
    {
      if (!each_entry (buffer, (gsize) n, func, data))
        break;
    }

  n = n < 0 ? -errno : 0;
  close_fd (fd);

  return (int) n;
}

static gboolean
collect_name (const char *name, gpointer data)
{
  GPtrArray *names = data;

  g_ptr_array_add (names, g_strdup (name));

  return names->len < VT_KERNEL_LIST_MAX;
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strverscmp (*(const char *const *) a, *(const char *const *) b);
}

GStrv
vt_kernel_fs_list (const VtKernelFs *fs, const char *path)
{
  GPtrArray *names = g_ptr_array_new ();

  if (vt_kernel_fs_each (fs, path, collect_name, names) < 0)
    g_debug ("No folder /%s", path);

  g_ptr_array_sort (names, compare_names);
  g_ptr_array_add (names, NULL);

  return (GStrv) g_ptr_array_free (names, FALSE);
}

char *
vt_kernel_fs_realpath (const VtKernelFs *fs, const char *path)
{
  g_autofree char *link = NULL;
  g_autofree char *real = NULL;
  gsize root = strlen (fs->root);
  int fd = open_path (fs, path, O_PATH);

  if (fd < 0)
    return NULL;

  /* proc(5): a descriptor's link is the path that it was opened at. */
  link = g_strdup_printf ("/proc/self/fd/%d", fd);
  real = g_file_read_link (link, NULL);
  close_fd (fd);

  if (real == NULL || strncmp (real, fs->root, root) != 0 || real[root] != '/')
    return NULL;

  return g_strdup (real + root + 1);
}
