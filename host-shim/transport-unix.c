/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host-shim/transport.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "host-shim/exit.h"

static gboolean
fail_connect (const char *path, int errsv, GError **error)
{
  if (errsv == EAGAIN || errsv == EINPROGRESS)
    return vt_exit_set (error, VT_EXIT_TIMED_OUT,
                        "can't connect to '%s' in time: other programs wait for this socket too",
                        path);
  if (errsv == ENOENT || errsv == ENOTDIR)
    return vt_exit_set (error, VT_EXIT_UNREACHABLE,
                        "there is no socket '%s': check the path, and that the guest runs with a "
                        "'-chardev socket' of this path",
                        path);
  if (errsv == ECONNREFUSED)
    return vt_exit_set (error, VT_EXIT_UNREACHABLE,
                        "nobody listens at '%s': the guest is not running, or this is not a socket",
                        path);
  if (errsv == EACCES || errsv == EPERM)
    return vt_exit_set (
        error, VT_EXIT_UNREACHABLE,
        "no permission to connect to '%s': try as root, or as the user that runs the "
        "guest",
        path);
  return vt_exit_set (error, VT_EXIT_UNREACHABLE, "can't connect to '%s': %s", path,
                      g_strerror (errsv));
}

/*
 * If the backlog of a Unix socket is full, a non-blocking connect() fails at
 * once with EAGAIN, and no event reports free space (unix(7)). A blocking
 * connect() waits, at most for SO_SNDTIMEO (socket(7)).
 */
static void
bound_connect (int fd, gint64 deadline)
{
  gint64 left = MAX (deadline - g_get_monotonic_time (), 1000);
  struct timeval tv = { .tv_sec = left / G_USEC_PER_SEC, .tv_usec = left % G_USEC_PER_SEC };

  (void) setsockopt (fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof tv);
}

static int
connect_bounded (int fd, const struct sockaddr_un *address, gint64 deadline)
{
  int r;

  do
    {
      bound_connect (fd, deadline);
      r = connect (fd, (const struct sockaddr *) address, sizeof *address);
    }
  while (r < 0 && errno == EINTR);
  return r < 0 ? errno : 0;
}

VtTransport *
vt_transport_open_unix (const char *path, gint64 deadline, GError **error)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd, errsv;

  if (strlen (path) >= sizeof address.sun_path)
    {
      vt_exit_set (
          error, VT_EXIT_USAGE,
          "the socket's path is longer than %zu bytes: use a shorter path (a symbolic link, or a "
          "path relative to its folder)",
          sizeof address.sun_path - 1);
      return NULL;
    }
  strcpy (address.sun_path, path);
  fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  errsv = fd < 0 ? errno : connect_bounded (fd, &address, deadline);
  if (errsv == 0)
    return vt_transport_new (fd, NULL, NULL);
  if (fd >= 0)
    (void) close (fd);
  fail_connect (path, errsv, error);
  return NULL;
}
