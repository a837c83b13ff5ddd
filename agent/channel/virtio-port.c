/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A virtio-serial port, /dev/virtio-ports/NAME. It is opened when udev
 * announces it (the symlink NAME appears with a "change" event), stays open
 * while hosts come and go, is closed when it is unplugged, and opened again
 * when it is plugged again. No timer waits for it.
 *
 * Only one program can open a port at a time; others get EBUSY
 * (drivers/char/virtio_console.c, port_fops_open). inotify(7) reports when the
 * other program closes it. The report comes shortly before the kernel allows
 * the next open, so a few attempts follow.
 */

#include "config.h"

#include "agent/channel/transport.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "agent/reporting/log.h"

#define ATTEMPTS_MAX  8
#define FIRST_WAIT_MS 5 /* doubled with each attempt: 1.3 s in all */

typedef struct
{
  VtTransport base;
  gboolean started;
  gboolean open;
  gboolean failure_logged; /* since the port was last open */
  int inotify_fd;          /* watches another program's close; -1: it is not watched */
  guint watch;             /* source of inotify_fd */
  guint retry;             /* source of the next attempt; 0: none */
  guint attempts;
} VirtioPort;

static void try_open (VirtioPort *port);

static void
stop_waiting (VirtioPort *port)
{
  if (port->watch != 0)
    g_source_remove (port->watch);
  if (port->retry != 0)
    g_source_remove (port->retry);
  if (port->inotify_fd >= 0)
    close (port->inotify_fd);
  port->watch = port->retry = port->attempts = 0;
  port->inotify_fd = -1;
}

static gboolean
on_retry (gpointer data)
{
  VirtioPort *port = data;

  port->retry = 0;
  port->attempts++;
  try_open (port);

  return G_SOURCE_REMOVE;
}

static void
schedule_retry (VirtioPort *port)
{
  if (port->retry == 0 && port->attempts < ATTEMPTS_MAX)
    port->retry = g_timeout_add (FIRST_WAIT_MS << port->attempts, on_retry, port);
}

static gboolean
on_other_closed (int fd, GIOCondition condition, gpointer data)
{
  VirtioPort *port = data;
  char events[4096];

  while (read (fd, events, sizeof events) > 0)
    continue;
  port->attempts = 0;
  schedule_retry (port);

  return G_SOURCE_CONTINUE;
}

/* Watches for another program's close of the port. FALSE: it is watched already or can't be. */
static gboolean
watch_for_close (VirtioPort *port)
{
  if (port->inotify_fd >= 0)
    return FALSE;

  port->inotify_fd = inotify_init1 (IN_CLOEXEC | IN_NONBLOCK);
  if (port->inotify_fd < 0)
    return FALSE;
  if (inotify_add_watch (port->inotify_fd, port->base.path, IN_CLOSE) < 0)
    {
      close (port->inotify_fd);
      port->inotify_fd = -1;
      return FALSE;
    }
  port->watch = g_unix_fd_add (port->inotify_fd, G_IO_IN, on_other_closed, port);

  return TRUE;
}

/* Logs the first of several failed attempts. */
static void
log_failure (VirtioPort *port, int errsv)
{
  if (port->failure_logged)
    return;

  port->failure_logged = TRUE;
  if (errsv == EBUSY)
    vt_log_event (VT_LOG_PORT_LOST,
                  "'%s' is in use by another program; waiting until that program closes it",
                  port->base.path);
  else if (errsv == ENOENT)
    vt_log_event (VT_LOG_PORT_LOST, "there is no port '%s'; waiting for it to be plugged",
                  port->base.path);
  else
    vt_log_event (VT_LOG_PORT_LOST, "can't open '%s': %s", port->base.path, g_strerror (errsv));
}

static void
try_open (VirtioPort *port)
{
  int fd;

  if (!port->started || port->open)
    return;

  fd = open (port->base.path, O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (fd < 0)
    {
      int errsv = errno;

      log_failure (port, errsv);
      /* The other program may have closed the port before the watch began, so try once more. */
      if (errsv == EBUSY && watch_for_close (port))
        try_open (port);
      else if (errsv == EBUSY)
        schedule_retry (
            port); /* or it is closed, but the kernel does not allow the next open yet */
      return;
    }

  stop_waiting (port);
  port->open = TRUE;
  port->failure_logged = FALSE;
  vt_log_event (VT_LOG_PORT_TAKEN, "port '%s' is open", port->base.path);
  port->base.opened (fd, TRUE, port->base.data);
}

/*
 * Any event of a virtio port: tries to open the port. The watch is set again,
 * because the port may now be another device.
 */
static void
on_device (const VtDeviceEvent *event, gpointer data)
{
  VirtioPort *port = data;

  stop_waiting (port);
  try_open (port);
}

static void
virtio_port_start (VtTransport *transport)
{
  VirtioPort *port = (VirtioPort *) transport;

  port->started = TRUE;
  try_open (port);
}

static void
virtio_port_closed (VtTransport *transport, int errsv)
{
  VirtioPort *port = (VirtioPort *) transport;

  port->open = FALSE;
  port->failure_logged = TRUE;
  vt_log_event (VT_LOG_PORT_LOST, "port '%s' is lost: %s", transport->path,
                errsv == 0 ? "closed" : g_strerror (errsv));
  /* The port may exist again: events that arrived while it was open were ignored. */
  try_open (port);
}

static void
virtio_port_free (VtTransport *transport)
{
  VirtioPort *port = (VirtioPort *) transport;

  stop_waiting (port);
  g_free (port->base.path);
  g_free (port);
}

VtTransport *
vt_virtio_port_new (const char *path, VtMonitor *monitor)
{
  VirtioPort *port = g_new0 (VirtioPort, 1);

  port->base.start = virtio_port_start;
  port->base.closed = virtio_port_closed;
  port->base.free = virtio_port_free;
  port->base.path = g_strdup (path);
  port->inotify_fd = -1;
  vt_monitor_subscribe (monitor, VT_MONITOR_UDEV, "virtio-ports", on_device, port);

  return &port->base;
}
