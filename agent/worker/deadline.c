/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/worker/deadline.h"

#include <errno.h>
#include <glib-unix.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "protocol/error.h"

struct VtDeadline
{
  int fd;
  guint source;
  VtDeadlineFunc func;
  gpointer data;
};

static gboolean
on_timer (int fd, GIOCondition condition, gpointer data)
{
  VtDeadline *deadline = data;
  guint64 count;

  if (read (fd, &count, sizeof count) == (ssize_t) sizeof count)
    deadline->func (deadline->data);

  return G_SOURCE_CONTINUE;
}

VtDeadline *
vt_deadline_new (VtDeadlineFunc func, gpointer data, GError **error)
{
  VtDeadline *deadline;
  int fd = timerfd_create (CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC);

  if (fd < 0)
    {
      vt_error_set_errno (error, errno, "creating a timer");
      return NULL;
    }

  deadline = g_new0 (VtDeadline, 1);
  deadline->fd = fd;
  deadline->func = func;
  deadline->data = data;
  deadline->source = g_unix_fd_add (fd, G_IO_IN, on_timer, deadline);

  return deadline;
}

void
vt_deadline_free (VtDeadline *deadline)
{
  if (deadline == NULL)
    return;

  g_source_remove (deadline->source);
  close (deadline->fd);
  g_free (deadline);
}

void
vt_deadline_set (VtDeadline *deadline, gint64 moment)
{
  /* A time of 0 disarms the timer (timerfd_create(2)). */
  const struct itimerspec when = {
    .it_value = {
      .tv_sec = moment / G_USEC_PER_SEC,
      .tv_nsec = moment % G_USEC_PER_SEC * 1000,
    },
  };

  if (timerfd_settime (deadline->fd, TFD_TIMER_ABSTIME, &when, NULL) < 0)
    g_warning ("setting a timer: %s", g_strerror (errno));
}
