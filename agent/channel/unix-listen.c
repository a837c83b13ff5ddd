/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A listening Unix socket, for tests and for channels that another program
 * forwards. It serves one client at a time, as qemu-ga does; further clients
 * wait in the socket's backlog.
 */

#include "config.h"

#include "agent/channel/transport.h"

#include <errno.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "protocol/error.h"

#define BACKLOG 16
/* Until the next accept(2) after one failed, for example because no descriptor is left. */
#define PAUSE_SECONDS 1

typedef struct
{
  VtTransport base;
  int fd;
  guint watch; /* source: waits for a client or for the end of a pause; 0: a client is connected */
  struct stat own; /* of the socket's file, which is removed at the end */
} UnixListen;

static void unix_listen_start (VtTransport *transport);

static gboolean
on_pause_over (gpointer data)
{
  UnixListen *listener = data;

  listener->watch = 0;
  unix_listen_start (&listener->base);

  return G_SOURCE_REMOVE;
}

static gboolean
on_client (int fd, GIOCondition condition, gpointer data)
{
  UnixListen *listener = data;
  int client = accept4 (fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

  if (client < 0 && (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED))
    return G_SOURCE_CONTINUE; /* the client has left already */
  if (client < 0)
    {
      g_warning ("accepting a client at '%s': %s", listener->base.path, g_strerror (errno));
      listener->watch = g_timeout_add_seconds (PAUSE_SECONDS, on_pause_over, listener);
      return G_SOURCE_REMOVE;
    }

  listener->watch = 0;
  listener->base.opened (client, FALSE, listener->base.data);

  return G_SOURCE_REMOVE;
}

static void
unix_listen_start (VtTransport *transport)
{
  UnixListen *listener = (UnixListen *) transport;

  g_return_if_fail (listener->watch == 0);
  listener->watch = g_unix_fd_add (listener->fd, G_IO_IN, on_client, listener);
}

static void
unix_listen_closed (VtTransport *transport, int errsv)
{
  unix_listen_start (transport);
}

/* Removes the socket's file, unless another file has replaced it. */
static void
remove_own (const UnixListen *listener)
{
  struct stat now;

  if (listener->own.st_ino != 0 && lstat (listener->base.path, &now) == 0
      && now.st_ino == listener->own.st_ino && now.st_dev == listener->own.st_dev)
    unlink (listener->base.path);
}

static void
unix_listen_free (VtTransport *transport)
{
  UnixListen *listener = (UnixListen *) transport;

  if (listener->watch != 0)
    g_source_remove (listener->watch);
  if (listener->fd >= 0)
    {
      remove_own (listener);
      close (listener->fd);
    }
  g_free (listener->base.path);
  g_free (listener);
}

static gboolean
fill_address (struct sockaddr_un *address, const char *path, GError **error)
{
  *address = (struct sockaddr_un){ .sun_family = AF_UNIX };
  if (strlen (path) >= sizeof address->sun_path)
    return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT,
                         "The socket's path '%s' is longer than %zu bytes", path,
                         sizeof address->sun_path - 1);
  strcpy (address->sun_path, path);

  return TRUE;
}

/* Removes the socket of an earlier agent that was killed. Any other file is an error. */
static gboolean
remove_stale (const char *path, GError **error)
{
  struct stat old;

  if (lstat (path, &old) < 0)
    return TRUE;
  if (!S_ISSOCK (old.st_mode))
    return vt_error_set (error, VT_ERROR_GENERIC, "'%s' exists and is not a socket", path);
  if (unlink (path) < 0)
    return vt_error_set_errno (error, errno, "removing the old socket '%s'", path);

  return TRUE;
}

/* fchmod(2) before bind(2) sets the mode of the socket's file, so that the file is never open to
 * other users. */
static gboolean
bind_and_listen (UnixListen *listener, GError **error)
{
  const char *path = listener->base.path;
  struct sockaddr_un address;

  if (!fill_address (&address, path, error) || !remove_stale (path, error))
    return FALSE;

  listener->fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (listener->fd < 0)
    return vt_error_set_errno (error, errno, "creating a socket");
  if (fchmod (listener->fd, 0600) < 0)
    return vt_error_set_errno (error, errno, "restricting the socket '%s'", path);
  if (bind (listener->fd, (struct sockaddr *) &address, sizeof address) < 0)
    return vt_error_set_errno (error, errno, "binding the socket '%s'", path);
  if (lstat (path, &listener->own) < 0 || listen (listener->fd, BACKLOG) < 0)
    return vt_error_set_errno (error, errno, "listening at '%s'", path);

  return TRUE;
}

VtTransport *
vt_unix_listen_new (const char *path, GError **error)
{
  UnixListen *listener = g_new0 (UnixListen, 1);

  listener->base.start = unix_listen_start;
  listener->base.closed = unix_listen_closed;
  listener->base.free = unix_listen_free;
  listener->base.path = g_strdup (path);
  listener->fd = -1;
  if (!bind_and_listen (listener, error))
    {
      unix_listen_free (&listener->base);
      return NULL;
    }

  return &listener->base;
}
