/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A serial line, for guests without virtio-serial. A serial line does not show
 * that a host has left; only a pseudo-terminal does. If the line is hung up
 * anyway (by vhangup(2), or because its device was removed), or if it can't be
 * opened, it is opened again: when a file of its name appears in its folder
 * (inotify(7)), and, if the file exists but can't be opened, after waits that
 * grow to a minute. No timer runs while the file does not exist.
 */

#include "config.h"

#include "agent/channel/transport.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "agent/reporting/log.h"
#include "protocol/error.h"

#define FIRST_WAIT_MS 10
#define DOUBLINGS_MAX 13 /* of the wait, which then exceeds LAST_WAIT_MS */
#define LAST_WAIT_MS  60000
#define STABLE_TIME   G_TIME_SPAN_MINUTE /* a line that was open for so long works */
#define APPEARS       (IN_CREATE | IN_MOVED_TO | IN_ATTRIB)

typedef struct
{
  VtTransport base;
  char *name;              /* in its folder */
  int inotify_fd;          /* -1: the line is open, or its folder can't be watched */
  guint watch;             /* source of inotify_fd */
  guint retry;             /* source of the next attempt; 0: none */
  guint attempts;          /* since the line was stable or appeared */
  gint64 opened_at;        /* µs as g_get_monotonic_time() */
  gboolean failure_logged; /* since the line was last open */
} SerialLine;

static void try_open (SerialLine *line);

/*
 * Sets raw mode (termios(3)), the highest common speed, and no modem control.
 * Speed and CLOCAL have no effect on a pseudo-terminal.
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
stop_waiting (SerialLine *line)
{
  if (line->watch != 0)
    g_source_remove (line->watch);
  if (line->retry != 0)
    g_source_remove (line->retry);
  if (line->inotify_fd >= 0)
    close (line->inotify_fd);
  line->watch = line->retry = 0;
  line->inotify_fd = -1;
}

static gboolean
on_retry (gpointer data)
{
  SerialLine *line = data;

  line->retry = 0;
  try_open (line);

  return G_SOURCE_REMOVE;
}

static void
schedule_retry (SerialLine *line)
{
  const guint wait = MIN (FIRST_WAIT_MS << MIN (line->attempts, DOUBLINGS_MAX), LAST_WAIT_MS);

  line->attempts++;
  line->retry = g_timeout_add (wait, on_retry, line);
}

/* Reads all events. Returns: whether one is about the line, or events were lost. */
static gboolean
read_events (const SerialLine *line)
{
  char buffer[4096] __attribute__ ((aligned (__alignof__(struct inotify_event))));
  gboolean found = FALSE;
  gssize n;

  while ((n = read (line->inotify_fd, buffer, sizeof buffer)) > 0)
    {
      for (const char *at = buffer; at < buffer + n;)
        {
          const struct inotify_event *event = (const void *) at;

          found |= (event->mask & APPEARS) == 0
                   || (event->len > 0 && g_str_equal (event->name, line->name));
          at += sizeof *event + event->len;
        }
    }

  return found;
}

static gboolean
on_folder (int fd, GIOCondition condition, gpointer data)
{
  SerialLine *line = data;

  if (!read_events (line))
    return G_SOURCE_CONTINUE;

  line->watch = 0;
  stop_waiting (line);
  line->attempts = 0;
  try_open (line);

  return G_SOURCE_REMOVE;
}

static void
watch_folder (SerialLine *line)
{
  g_autofree char *folder = g_path_get_dirname (line->base.path);

  if (line->inotify_fd >= 0)
    return;

  line->inotify_fd = inotify_init1 (IN_CLOEXEC | IN_NONBLOCK);
  if (line->inotify_fd < 0)
    return;
  if (inotify_add_watch (line->inotify_fd, folder, APPEARS | IN_ONLYDIR) < 0)
    {
      close (line->inotify_fd);
      line->inotify_fd = -1;
      return;
    }
  line->watch = g_unix_fd_add (line->inotify_fd, G_IO_IN, on_folder, line);
}

/* A symlink without its target counts as present: no event reports when the target appears. */
static gboolean
is_missing (const SerialLine *line)
{
  struct stat info;

  return lstat (line->base.path, &info) < 0 && errno == ENOENT;
}

static void
try_open (SerialLine *line)
{
  g_autoptr (GError) fault = NULL;
  int fd;

  watch_folder (line); /* before the attempt, so that no later event is missed */
  fd = open_line (line->base.path, &fault);
  if (fd < 0)
    {
      if (!line->failure_logged)
        vt_log_event (VT_LOG_PORT_LOST, "no channel: %s", fault->message);
      line->failure_logged = TRUE;
      if (line->inotify_fd < 0 || !is_missing (line))
        schedule_retry (line);
      return;
    }

  stop_waiting (line);
  line->failure_logged = FALSE;
  line->opened_at = g_get_monotonic_time ();
  vt_log_event (VT_LOG_PORT_TAKEN, "'%s' is open", line->base.path);
  line->base.opened (fd, FALSE, line->base.data);
}

static void
serial_start (VtTransport *transport)
{
  try_open ((SerialLine *) transport);
}

/* The waits grow also between closes, so that the agent does not compete with a getty(8) that hangs
 * up the line again and again. */
static void
serial_closed (VtTransport *transport, int errsv)
{
  SerialLine *line = (SerialLine *) transport;

  vt_log_event (VT_LOG_PORT_LOST, "'%s' is closed: %s", transport->path,
                errsv == 0 ? "hung up" : g_strerror (errsv));
  if (g_get_monotonic_time () - line->opened_at >= STABLE_TIME)
    line->attempts = 0;
  line->failure_logged = TRUE;
  watch_folder (line);
  schedule_retry (line);
}

static void
serial_free (VtTransport *transport)
{
  SerialLine *line = (SerialLine *) transport;

  stop_waiting (line);
  g_free (line->name);
  g_free (line->base.path);
  g_free (line);
}

VtTransport *
vt_serial_new (const char *path)
{
  SerialLine *line = g_new0 (SerialLine, 1);

  line->base.start = serial_start;
  line->base.closed = serial_closed;
  line->base.free = serial_free;
  line->base.path = g_strdup (path);
  line->name = g_path_get_basename (path);
  line->inotify_fd = -1;

  return &line->base;
}
