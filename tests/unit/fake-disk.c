/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fake-disk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/state/state-log.h"

static struct
{
  guint calls;
  guint die_at;
  gboolean before;
  guint writes;
  guint fill_at; /* 0: never */
  guint syncs;
  guint fail_first;
  guint fail_last;
} disk;

void
fake_disk_die_at (guint at, gboolean before)
{
  disk.calls = 0;
  disk.die_at = at;
  disk.before = before;
}

void
fake_disk_fill_at (guint at)
{
  disk.writes = 0;
  disk.fill_at = at;
}

void
fake_disk_set_full (gboolean full)
{
  fake_disk_fill_at (full ? 1 : 0);
}

void
fake_disk_fail_syncs (guint first, guint last)
{
  disk.syncs = 0;
  disk.fail_first = first;
  disk.fail_last = last;
}

/* Whether @fd is a file of the state log, or a folder. */
static gboolean
is_state_file_or_folder (int fd)
{
  char link[64];
  char path[PATH_MAX];
  struct stat info;
  ssize_t len;

  if (fstat (fd, &info) < 0)
    return FALSE;
  if (S_ISDIR (info.st_mode))
    return TRUE;

  g_snprintf (link, sizeof link, "/proc/self/fd/%d", fd);
  len = readlink (link, path, sizeof path - 1);
  if (len < 0)
    return FALSE;

  path[len] = '\0';
  return strstr (path, "/" VT_STATE_LOG_FILE) != NULL;
}

/* Called before each call. Returns: whether the process must end after the call. */
static gboolean
count_call (void)
{
  const gboolean last = ++disk.calls == disk.die_at;

  if (last && disk.before)
    _exit (9);

  return last;
}

static int
sync_file (int fd, long number)
{
  gboolean last;
  int result;

  if (!is_state_file_or_folder (fd))
    return (int) syscall (number, fd);
  if (++disk.syncs >= disk.fail_first && disk.syncs <= disk.fail_last)
    {
      errno = EIO;
      return -1;
    }

  last = count_call ();
  result = (int) syscall (number, fd);
  if (last)
    _exit (9);

  return result;
}

int
fsync (int fd)
{
  return sync_file (fd, SYS_fsync);
}

int
fdatasync (int fd)
{
  return sync_file (fd, SYS_fdatasync);
}

ssize_t
write (int fd, const void *data, size_t size)
{
  gboolean last;
  ssize_t result;

  if (!is_state_file_or_folder (fd))
    return syscall (SYS_write, fd, data, size);
  if (++disk.writes >= disk.fill_at && disk.fill_at > 0)
    {
      errno = ENOSPC;
      return -1;
    }

  last = count_call ();
  result = syscall (SYS_write, fd, data, size);
  if (last)
    _exit (9);

  return result;
}

int
rename (const char *from, const char *to)
{
  const gboolean last = count_call ();
  int result = renameat (AT_FDCWD, from, AT_FDCWD, to);

  if (last)
    _exit (9);

  return result;
}
