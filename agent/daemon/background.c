/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/daemon/background.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include "protocol/error.h"

gboolean
vt_background_enter (GError **error)
{
  int null = open ("/dev/null", O_RDWR | O_CLOEXEC);
  pid_t pid;

  if (null < 0)
    return vt_error_set_errno (error, errno, "opening /dev/null");
  pid = fork ();
  if (pid < 0)
    return vt_error_set_errno (error, errno, "going to the background");
  if (pid > 0)
    _exit (EXIT_SUCCESS);

  if (setsid () < 0 || chdir ("/") < 0)
    return vt_error_set_errno (error, errno, "leaving the terminal");
  dup2 (null, STDIN_FILENO);
  dup2 (null, STDOUT_FILENO);
  dup2 (null, STDERR_FILENO);
  close (null);

  return TRUE;
}

static gboolean
write_pid (int fd, const char *path, GError **error)
{
  char text[24];
  int len = g_snprintf (text, sizeof text, "%d\n", (int) getpid ());

  if (flock (fd, LOCK_EX | LOCK_NB) < 0)
    return vt_error_set_errno (error, errno, "locking the pid file '%s', which another agent uses",
                               path);
  if (ftruncate (fd, 0) < 0 || write (fd, text, (gsize) len) != len)
    return vt_error_set_errno (error, errno, "writing the pid file '%s'", path);

  return TRUE;
}

int
vt_pid_file_take (const char *path, GError **error)
{
  int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);

  if (fd < 0)
    {
      vt_error_set_errno (error, errno, "opening the pid file '%s'", path);
      return -1;
    }
  if (write_pid (fd, path, error))
    return fd;

  close (fd);

  return -1;
}

void
vt_pid_file_release (const char *path, int fd)
{
  unlink (path);
  close (fd);
}
