/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host-shim/transport.h"

#include <errno.h>
#include <glib-unix.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host-shim/exit.h"

struct VtTransport
{
  int fd;
  VtTransportClosed closed;
  gpointer data;
};

VtTransport *
vt_transport_new (int fd, VtTransportClosed closed, gpointer data)
{
  VtTransport *transport = g_new0 (VtTransport, 1);

  (void) g_unix_set_fd_nonblocking (fd, TRUE, NULL);
  transport->fd = fd;
  transport->closed = closed;
  transport->data = data;
  return transport;
}

void
vt_transport_free (VtTransport *transport)
{
  (void) shutdown (transport->fd, SHUT_RDWR);
  (void) close (transport->fd);
  if (transport->closed != NULL)
    transport->closed (transport->data);
  g_free (transport);
}

static gboolean
wait_for (VtTransport *transport, short events, gint64 deadline, GError **error)
{
  struct pollfd pfd = { .fd = transport->fd, .events = events };

  for (;;)
    {
      gint64 left = deadline - g_get_monotonic_time ();
      int n;

      if (left <= 0)
        return vt_exit_set (error, VT_EXIT_TIMED_OUT, "no answer in time");
      n = poll (&pfd, 1, (int) MIN ((left + 999) / 1000, G_MAXINT));
      if (n > 0)
        return TRUE;
      if (n < 0 && errno != EINTR)
        return vt_exit_set (error, VT_EXIT_UNREACHABLE, "can't wait: %s", g_strerror (errno));
    }
}

static gboolean
must_wait (int errsv)
{
  return errsv == EAGAIN || errsv == EINTR;
}

gboolean
vt_transport_write (
    VtTransport *transport, const char *data, gsize len, gint64 deadline, GError **error)
{
  while (len > 0)
    {
      gssize n = send (transport->fd, data, len, MSG_NOSIGNAL);

      if (n >= 0)
        {
          data += n;
          len -= (gsize) n;
          continue;
        }
      if (!must_wait (errno))
        return vt_exit_set (error, VT_EXIT_UNREACHABLE,
                            "the connection broke off while the request was sent: %s",
                            g_strerror (errno));
      if (!wait_for (transport, POLLOUT, deadline, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
vt_transport_read (VtTransport *transport,
                   guint8 *buffer,
                   gsize size,
                   gsize *ret_len,
                   gint64 deadline,
                   GError **error)
{
  for (;;)
    {
      gssize n;

      /* Also checks the deadline. Without this a peer that sends all the time would make the shim
       * ignore it. */
      if (!wait_for (transport, POLLIN, deadline, error))
        return FALSE;
      n = recv (transport->fd, buffer, size, 0);
      if (n > 0)
        {
          *ret_len = (gsize) n;
          return TRUE;
        }
      if (n == 0)
        return vt_exit_set (
            error, VT_EXIT_UNREACHABLE,
            "the connection was closed before the answer was complete: the guest was "
            "shut down, or its agent stopped");
      if (!must_wait (errno))
        return vt_exit_set (error, VT_EXIT_UNREACHABLE, "the connection broke off: %s",
                            g_strerror (errno));
    }
}
