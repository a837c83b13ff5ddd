/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A virtio-serial port, /dev/virtio-ports/NAME. It is opened when udev
 * announces it (the name, and with it the link, comes with a "change"), held
 * while hosts come and go, closed when it is unplugged, opened again when it
 * is back. No timer waits for it.
 *
 * The kernel lets one program have a port at a time, EBUSY otherwise
 * (drivers/char/virtio_console.c, port_fops_open). inotify(7) tells when the
 * other one closes it, a moment before the kernel lets go of it, so a few
 * short tries follow.
 */

#include "config.h"

#include "agent/channel/transport.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "agent/reporting/log.h"

#define TRIES         8
#define FIRST_WAIT_MS 5 /* doubled with each try: 1.3 s in all */

typedef struct
{
  VtTransport base;
  gboolean started;
  gboolean open;
  gboolean told;  /* that it can't be had, since it was had last */
  int inotify_fd; /* -1: nobody else is known to have it */
  guint watch;    /* of inotify_fd */
  guint retry;    /* a try that is to come; 0: none */
  guint tries;
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
  port->watch = port->retry = port->tries = 0;
  port->inotify_fd = -1;
}

static gboolean
on_retry (gpointer data)
{
  VirtioPort *port = data;

  port->retry = 0;
  port->tries++;
  try_open (port);

  return G_SOURCE_REMOVE;
}

static void
schedule_try (VirtioPort *port)
{
  if (port->retry == 0 && port->tries < TRIES)
    port->retry = g_timeout_add (FIRST_WAIT_MS << port->tries, on_retry, port);
}

static gboolean
on_other_closed (int fd, GIOCondition condition, gpointer data)
{
  VirtioPort *port = data;
  char events[4096];

  while (read (fd, events, sizeof events) > 0)
    continue;
  port->tries = 0;
  schedule_try (port);

  return G_SOURCE_CONTINUE;
}

/* Waits for the close of whoever has it. FALSE: cannot, so only udev will tell. */
static gboolean
watch_other (VirtioPort *port)
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

/* Said once, however often it is tried. */
static void
tell_missing (VirtioPort *port, int errsv)
{
  if (port->told)
    return;

  port->told = TRUE;
  if (errsv == EBUSY)
    vt_log_event (VT_LOG_PORT_LOST, "'%s' is held by another program; waiting for it to let go",
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

      tell_missing (port, errsv);
      /* It may have been closed before the watch was there: once more with it. */
      if (errsv == EBUSY && watch_other (port))
        try_open (port);
      else if (errsv == EBUSY)
        schedule_try (port); /* or is closed and not let go of yet: no watch tells of that */
      return;
    }

  stop_waiting (port);
  port->open = TRUE;
  port->told = FALSE;
  vt_log_event (VT_LOG_PORT_TAKEN, "port '%s' is open", port->base.path);
  port->base.opened (fd, TRUE, port->base.data);
}

/*
 * Any event of the subsystem: whether our port is there is seen by opening
 * it. What was waited for may have been another device of that name.
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
  port->told = TRUE;
  vt_log_event (VT_LOG_PORT_LOST, "port '%s' is lost: %s", transport->path,
                errsv == 0 ? "closed" : g_strerror (errsv));
  /* It may be back already: events that came while it was open had nothing to do. */
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
