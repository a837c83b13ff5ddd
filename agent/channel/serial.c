/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A serial line, for guests that have no virtio-serial. It has no hang-up to
 * tell of: a host's leaving shows on a pseudo-terminal alone, and ends it.
 */

#include "config.h"

#include "agent/channel/transport.h"

#include <errno.h>
#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include "agent/log.h"
#include "protocol/error.h"

/*
 * Bytes as they are, at the highest common speed, without modem control
 * (termios(3), "Raw mode"). Speed and CLOCAL mean nothing to a
 * pseudo-terminal.
 */
static gboolean
make_raw (int fd, GError **error)
{
  struct termios line;

  if (tcgetattr (fd, &line) < 0)
    return vt_error_set_errno (error, errno, "reading the line's settings");

  cfmakeraw (&line);
  line.c_cflag |= CLOCAL | CREAD;
  line.c_cc[VMIN] = 1;
  line.c_cc[VTIME] = 0;
  cfsetspeed (&line, B115200);
  if (tcsetattr (fd, TCSANOW, &line) < 0)
    return vt_error_set_errno (error, errno, "changing the line's settings");

  return TRUE;
}

static int
open_line (const char *path, GError **error)
{
  int fd = open (path, O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

  if (fd < 0)
    {
      vt_error_set_errno (error, errno, "opening '%s'", path);
      return -1;
    }
  if (!make_raw (fd, error))
    {
      close (fd);
      return -1;
    }

  return fd;
}

static void
serial_start (VtTransport *transport)
{
  g_autoptr (GError) fault = NULL;
  int fd = open_line (transport->path, &fault);

  if (fd < 0)
    {
      vt_log_event (VT_LOG_PORT_LOST, "no channel: %s", fault->message);
      return;
    }
  vt_log_event (VT_LOG_PORT_TAKEN, "'%s' is open", transport->path);
  transport->opened (fd, FALSE, transport->data);
}

static void
serial_closed (VtTransport *transport, int errsv)
{
  vt_log_event (VT_LOG_PORT_LOST, "'%s' is closed: %s", transport->path,
                errsv == 0 ? "hung up" : g_strerror (errsv));
}

static void
serial_free (VtTransport *transport)
{
  g_free (transport->path);
  g_free (transport);
}

VtTransport *
vt_serial_new (const char *path)
{
  VtTransport *transport = g_new0 (VtTransport, 1);

  transport->start = serial_start;
  transport->closed = serial_closed;
  transport->free = serial_free;
  transport->path = g_strdup (path);

  return transport;
}
