/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fake-disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct
{
  guint renames;
  guint die_at;
  gboolean before;
  guint folders;
  guint fail_at;
} disk;

void
fake_disk_die_at (guint at, gboolean before)
{
  disk.renames = 0;
  disk.die_at = at;
  disk.before = before;
}

void
fake_disk_fail_folder_at (guint at)
{
  disk.folders = 0;
  disk.fail_at = at;
}

int
rename (const char *from, const char *to)
{
  const gboolean last = ++disk.renames == disk.die_at;
  int result;

  if (last && disk.before)
    _exit (9);

  result = renameat (AT_FDCWD, from, AT_FDCWD, to);
  if (last)
    _exit (9);

  return result;
}

int
fsync (int fd)
{
  struct stat info;

  if (fstat (fd, &info) == 0 && S_ISDIR (info.st_mode) && ++disk.folders == disk.fail_at)
    {
      errno = EIO;
      return -1;
    }

  return (int) syscall (SYS_fsync, fd);
}
