/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A serial line, for guests that have no virtio-serial. It has no hang-up to
 * tell of: a host's leaving shows on a pseudo-terminal alone. Where the line
 * is hung up all the same (by vhangup(2), or with its device), or can't be
 * opened, it is tried again: when something of its name comes into its folder
 * (inotify(7)), and, where something of its name is there that can't be had,
 * after waits that grow to a minute. What is not there needs no timer.
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
#define DOUBLINGS     13                 /* to 82 s, */
#define LONGEST_MS    60000              /* cut to this */
#define LASTED        G_TIME_SPAN_MINUTE /* a line that was open for so long is a good one */
#define COMES         (IN_CREATE | IN_MOVED_TO | IN_ATTRIB)

typedef struct
{
  VtTransport base;
  char *name;     /* in its folder */
  int inotify_fd; /* -1: the line is open, or its folder can't be watched */
  guint watch;    /* of inotify_fd */
  guint retry;    /* a try that is to come; 0: none */
  guint tries;    /* since the line lasted, or came */
  gint64 opened;  /* when */
  gboolean told;  /* that it can't be had, since it was had last */
} SerialLine;

static void try_open (SerialLine *line);

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
schedule_try (SerialLine *line)
{
  const guint wait = MIN (FIRST_WAIT_MS << MIN (line->tries, DOUBLINGS), LONGEST_MS);

  line->tries++;
  line->retry = g_timeout_add (wait, on_retry, line);
}

/* Reads all events. Returns: whether one is of the line's name, or was lost. */
static gboolean
read_events (const SerialLine *line)
{
  char buffer[4096] __attribute__ ((aligned (__alignof__(struct inotify_event))));
  gboolean ours = FALSE;
  gssize n;

  while ((n = read (line->inotify_fd, buffer, sizeof buffer)) > 0)
    {
      for (const char *at = buffer; at < buffer + n;)
        {
          const struct inotify_event *event = (const void *) at;

          ours |= (event->mask & COMES) == 0
                  || (event->len > 0 && g_str_equal (event->name, line->name));
          at += sizeof *event + event->len;
        }
    }

  return ours;
}

static gboolean
on_folder (int fd, GIOCondition condition, gpointer data)
{
  SerialLine *line = data;

  if (!read_events (line))
    return G_SOURCE_CONTINUE;

  line->watch = 0;
  stop_waiting (line);
  line->tries = 0;
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
  if (inotify_add_watch (line->inotify_fd, folder, COMES | IN_ONLYDIR) < 0)
    {
      close (line->inotify_fd);
      line->inotify_fd = -1;
      return;
    }
  line->watch = g_unix_fd_add (line->inotify_fd, G_IO_IN, on_folder, line);
}

/* Of a link whose target is missing, no event would tell. */
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

  watch_folder (line); /* before the try: what comes behind it is seen */
  fd = open_line (line->base.path, &fault);
  if (fd < 0)
    {
      if (!line->told)
        vt_log_event (VT_LOG_PORT_LOST, "no channel: %s", fault->message);
      line->told = TRUE;
      if (line->inotify_fd < 0 || !is_missing (line))
        schedule_try (line);
      return;
    }

  stop_waiting (line);
  line->told = FALSE;
  line->opened = g_get_monotonic_time ();
  vt_log_event (VT_LOG_PORT_TAKEN, "'%s' is open", line->base.path);
  line->base.opened (fd, FALSE, line->base.data);
}

static void
serial_start (VtTransport *transport)
{
  try_open ((SerialLine *) transport);
}

/* Where a getty(8) hangs up the same line again and again, we do not fight for it. */
static void
serial_closed (VtTransport *transport, int errsv)
{
  SerialLine *line = (SerialLine *) transport;

  vt_log_event (VT_LOG_PORT_LOST, "'%s' is closed: %s", transport->path,
                errsv == 0 ? "hung up" : g_strerror (errsv));
  if (g_get_monotonic_time () - line->opened >= LASTED)
    line->tries = 0;
  line->told = TRUE;
  watch_folder (line);
  schedule_try (line);
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
