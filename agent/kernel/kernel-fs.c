/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/kernel/kernel-fs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/kernel/kernel-root.h"
#include "agent/kernel/simulated-store.h"
#include "protocol/error.h"

struct VtKernelFs
{
  VtKernelRoot root;
};

VtKernelFs *
vt_kernel_fs_new (const char *root, GError **error)
{
  g_autofree VtKernelFs *fs = g_new (VtKernelFs, 1);

  if (!vt_kernel_root_init (&fs->root, root, error))
    return NULL;

  return g_steal_pointer (&fs);
}

void
vt_kernel_fs_free (VtKernelFs *fs)
{
  if (fs == NULL)
    return;

  vt_kernel_root_clear (&fs->root);
  g_free (fs);
}

const char *
vt_kernel_fs_get_root (const VtKernelFs *fs)
{
  return fs->root.path;
}

/* Returns: FALSE */
static gboolean
set_path_error (GError **error, int errsv, const char *doing, const char *path)
{
  if (errsv == ENOENT || errsv == ENODEV)
    return vt_error_set (error, VT_ERROR_NOT_OFFERED, "%s /%s: %s", doing, path,
                         g_strerror (errsv));

  return vt_error_set_errno (error, errsv, "%s /%s", doing, path);
}

/* One read(2), repeated on EINTR. Returns: the number of bytes, or a negative errno. */
static gssize
read_once (int fd, char *buffer, gsize size)
{
  gssize n;

  do
    n = read (fd, buffer, size);
  while (n < 0 && errno == EINTR);

  return n >= 0 ? n : -errno;
}

/* Reads to the end of the file and strips trailing white space. Returns: 0 or a negative errno. */
static int
read_fd (int fd, char *buffer, gsize size)
{
  gsize len = 0;
  gssize n;

  if (size == 0)
    return -EINVAL;

  while (len < size - 1 && (n = read_once (fd, buffer + len, size - 1 - len)) != 0)
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
  int fd = vt_kernel_root_open (&fs->root, path, O_RDONLY);
  int result;

  if (fd < 0)
    return fd;

  result = read_fd (fd, buffer, size);
  close (fd);

  return result;
}

gssize
vt_kernel_fs_read_raw (const VtKernelFs *fs, const char *path, void *buffer, gsize size)
{
  int fd = vt_kernel_root_open (&fs->root, path, O_RDONLY);
  gssize result;

  if (fd < 0)
    return fd;

  result = read_once (fd, buffer, size);
  close (fd);

  return result;
}

/*
 * Whether a read that returned @n of @size bytes has reached the end of the
 * file. Attributes and sysctls return their whole text in one read. A file of
 * many records stops before the first record that does not fit, and a record
 * is one short line (filesystems/seq_file).
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
  int fd = vt_kernel_root_open (&fs->root, path, O_RDONLY);
  gssize n = fd;
  char page[4096];

  if (fd >= 0)
    {
      while ((n = read_once (fd, page, sizeof page)) > 0 && text->len < VT_KERNEL_FILE_MAX)
        {
          g_string_append_len (text, page, MIN ((gsize) n, VT_KERNEL_FILE_MAX - text->len));
          if (is_last_part (n, sizeof page))
            break;
        }
      close (fd);
    }
  if (n < 0)
    {
      set_path_error (error, (int) -n, "reading", path);
      return NULL;
    }

  return g_strchomp (g_string_free (g_steal_pointer (&text), FALSE));
}

/* One write(2): the kernel's store functions expect the whole value in one call. A plain file of a
 * fixture tree is truncated first. */
static int
write_raw (const VtKernelFs *fs, const char *path, const char *value)
{
  gsize len = strlen (value);
  int fd = vt_kernel_root_open (
      &fs->root, path, vt_kernel_root_is_system (&fs->root) ? O_WRONLY : O_WRONLY | O_TRUNC);
  int result = 0;
  gssize n;

  if (fd < 0)
    return fd;

  n = write (fd, value, len);
  if (n < 0)
    result = -errno;
  else if ((gsize) n < len)
    result = -EIO;
  close (fd);

  return result;
}

/* Writes what else the kernel would change. */
static int
disturb_simulated (const VtKernelFs *fs, const char *path, const char *value)
{
  const char *other = vt_simulated_find_disturbed (path);
  g_autofree char *before = other != NULL ? vt_kernel_fs_read (fs, other, NULL) : NULL;
  g_autofree char *after = before != NULL ? vt_simulated_disturb (path, value, before) : NULL;
  g_autofree char *text = after != NULL ? g_strconcat (after, "\n", NULL) : NULL;

  return text != NULL && !g_str_equal (before, after) ? write_raw (fs, other, text) : 0;
}

/* Writes to a fixture tree what the kernel would show after the write. */
static int
write_simulated (const VtKernelFs *fs, const char *path, const char *value)
{
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  g_autofree char *zeroed = vt_simulated_find_zeroed (path);
  g_autofree char *text = NULL;
  int result = -EINVAL;

  before = vt_kernel_fs_read (fs, path, NULL);
  if (before == NULL)
    return write_raw (fs, path, value);

  result = vt_simulated_write (path, before, value, &after);
  if (result < 0)
    return result;

  text = g_strconcat (after, "\n", NULL);
  result = write_raw (fs, path, text);
  if (result == 0 && zeroed != NULL)
    result = write_raw (fs, zeroed, "0\n");

  return result == 0 ? disturb_simulated (fs, path, value) : result;
}

int
vt_kernel_fs_write_errno (const VtKernelFs *fs, const char *path, const char *value)
{
  return vt_kernel_root_is_system (&fs->root) ? write_raw (fs, path, value)
                                              : write_simulated (fs, path, value);
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
  int fd = vt_kernel_root_open (&fs->root, path, O_WRONLY);

  if (fd < 0)
    return fd;

  close (fd);

  return 0;
}

gboolean
vt_kernel_fs_exists (const VtKernelFs *fs, const char *path)
{
  return vt_kernel_root_exists (&fs->root, path);
}

/* Calls @func for the names in one buffer of getdents64(2). Returns: FALSE if @func returned FALSE.
 */
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
  int fd = vt_kernel_root_open (&fs->root, path, O_RDONLY | O_DIRECTORY);
  long n;

  if (fd < 0)
    return fd;

  /* readdir(3) would allocate memory. */
  while ((n = syscall (__NR_getdents64, fd, buffer, sizeof buffer)) > 0)
    {
      if (!each_entry (buffer, (gsize) n, func, data))
        break;
    }

  n = n < 0 ? -errno : 0;
  close (fd);

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
  return vt_kernel_root_realpath (&fs->root, path);
}
