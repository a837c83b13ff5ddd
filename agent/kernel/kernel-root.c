/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/kernel/kernel-root.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "protocol/error.h"

/* openat2(2) fails with EAGAIN if a rename anywhere in the system races with the ".." of a
 * symlink. A few attempts are enough in practice. */
#define OPEN_ATTEMPTS 64

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
open_in_root (int root_fd, const char *path, int flags)
{
  struct open_how how = {
    .flags = (guint64) flags,
    .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
  };

  for (guint i = 0; i < OPEN_ATTEMPTS; i++)
    {
      long fd = syscall (__NR_openat2, root_fd, path, &how, sizeof how);

      if (fd >= 0)
        return (int) fd;
      if (errno != EAGAIN && errno != EINTR)
        break;
    }

  return -errno;
}

/*
 * O_NONBLOCK has no effect on kernel attributes. It keeps open(2) from
 * blocking on a FIFO that stands in an attribute's place.
 */
int
vt_kernel_root_open (const VtKernelRoot *root, const char *path, int flags)
{
  int fd;

  while (*path == '/')
    path++;
  if (!path_is_safe (path))
    return -EINVAL;

  flags |= O_CLOEXEC;
  if (!(flags & O_PATH))
    flags |= O_NOCTTY | O_NONBLOCK;
  if (root->has_openat2)
    return open_in_root (root->fd, path, flags);

  do
    fd = openat (root->fd, path, flags);
  while (fd < 0 && errno == EINTR);

  return fd >= 0 ? fd : -errno;
}

static gboolean
close_fd (int fd)
{
  return fd >= 0 && close (fd) == 0;
}

static gboolean
fill_root (VtKernelRoot *root, const char *path, GError **error)
{
  g_autofree char *real = realpath (path, NULL);
  int fd;

  root->fd = real != NULL ? open (real, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
  if (root->fd < 0)
    return vt_error_set_errno (error, errno, "opening the root '%s'", path);

  root->path = g_strdup (g_str_equal (real, "/") ? "" : real);
  fd = open_in_root (root->fd, ".", O_PATH | O_CLOEXEC);
  if (fd < 0 && *root->path != '\0')
    return vt_error_set_errno (error, -fd, "keeping to the root '%s' needs openat2(2)", root->path);

  root->has_openat2 = close_fd (fd);

  return TRUE;
}

gboolean
vt_kernel_root_init (VtKernelRoot *root, const char *path, GError **error)
{
  *root = (VtKernelRoot){ .fd = -1 };
  if (fill_root (root, path != NULL ? path : "/", error))
    return TRUE;

  vt_kernel_root_clear (root);
  return FALSE;
}

void
vt_kernel_root_clear (VtKernelRoot *root)
{
  close_fd (root->fd);
  g_free (root->path);
  *root = (VtKernelRoot){ .fd = -1 };
}

gboolean
vt_kernel_root_is_system (const VtKernelRoot *root)
{
  return *root->path == '\0';
}

/* The agent looks for hundreds of files. Below "/" one faccessat(2) replaces open(2) and
 * close(2). */
gboolean
vt_kernel_root_exists (const VtKernelRoot *root, const char *path)
{
  while (*path == '/')
    path++;
  if (vt_kernel_root_is_system (root) && path_is_safe (path))
    return faccessat (root->fd, path, F_OK, 0) == 0;

  return close_fd (vt_kernel_root_open (root, path, O_PATH));
}

char *
vt_kernel_root_realpath (const VtKernelRoot *root, const char *path)
{
  g_autofree char *link = NULL;
  g_autofree char *real = NULL;
  gsize prefix = strlen (root->path);
  int fd = vt_kernel_root_open (root, path, O_PATH);

  if (fd < 0)
    return NULL;

  /* /proc/self/fd/N links to the path at which descriptor N was opened (proc(5)). */
  link = g_strdup_printf ("/proc/self/fd/%d", fd);
  real = g_file_read_link (link, NULL);
  close_fd (fd);

  if (real == NULL || strncmp (real, root->path, prefix) != 0 || real[prefix] != '/')
    return NULL;

  return g_strdup (real + prefix + 1);
}
