/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/channel/endpoint.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "protocol/error.h"

#define EDGES (EPOLLIN | EPOLLRDHUP | EPOLLET)

struct VtEndpoint
{
  int fd;
  int epoll_fd;
  gboolean wants_room;
  GSource *source;
  VtEndpointFunc func;
  gpointer data;
};

typedef struct
{
  GSource base;
  VtEndpoint *endpoint;
} EdgeSource;

static gboolean
source_dispatch (GSource *source, GSourceFunc callback, gpointer data)
{
  VtEndpoint *endpoint = ((EdgeSource *) source)->endpoint;
  struct epoll_event event = { 0 };

  g_source_set_ready_time (source, -1);
  if (epoll_wait (endpoint->epoll_fd, &event, 1, 0) < 1)
    event.events = 0;
  endpoint->func (event.events, endpoint->data); /* the endpoint may be gone behind this line */

  return G_SOURCE_CONTINUE;
}

static GSourceFuncs source_funcs = { .dispatch = source_dispatch };

static gboolean
watch (VtEndpoint *endpoint, GError **error)
{
  struct epoll_event interest = { .events = EDGES | EPOLLOUT };

  endpoint->epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
  if (endpoint->epoll_fd < 0)
    return vt_error_set_errno (error, errno, "making an epoll instance");
  if (epoll_ctl (endpoint->epoll_fd, EPOLL_CTL_ADD, endpoint->fd, &interest) < 0)
    return vt_error_set_errno (error, errno, "watching the channel");

  endpoint->source = g_source_new (&source_funcs, sizeof (EdgeSource));
  ((EdgeSource *) endpoint->source)->endpoint = endpoint;
  g_source_add_unix_fd (endpoint->source, endpoint->epoll_fd, G_IO_IN);
  /* Else GLib takes the descriptor from its poll and gives it back around each dispatch, and
   * wakes itself both times (gmain.c, block_source): a turn of the loop for nothing. */
  g_source_set_can_recurse (endpoint->source, TRUE);
  g_source_attach (endpoint->source, NULL);

  return TRUE;
}

VtEndpoint *
vt_endpoint_new (int fd, VtEndpointFunc func, gpointer data, GError **error)
{
  g_autoptr (VtEndpoint) endpoint = g_new0 (VtEndpoint, 1);

  endpoint->fd = fd;
  endpoint->epoll_fd = -1;
  endpoint->wants_room = TRUE;
  endpoint->func = func;
  endpoint->data = data;
  if (!watch (endpoint, error))
    return NULL;

  return g_steal_pointer (&endpoint);
}

void
vt_endpoint_free (VtEndpoint *endpoint)
{
  if (endpoint == NULL)
    return;

  if (endpoint->source != NULL)
    {
      g_source_destroy (endpoint->source);
      g_source_unref (endpoint->source);
    }
  if (endpoint->epoll_fd >= 0)
    close (endpoint->epoll_fd);
  close (endpoint->fd);
  g_free (endpoint);
}

gssize
vt_endpoint_read (VtEndpoint *endpoint, void *buffer, gsize len)
{
  gssize n;

  do
    n = read (endpoint->fd, buffer, len);
  while (n < 0 && errno == EINTR);

  return n < 0 ? -errno : n;
}

gssize
vt_endpoint_write (VtEndpoint *endpoint, const void *bytes, gsize len)
{
  gssize n;

  do
    n = write (endpoint->fd, bytes, len);
  while (n < 0 && errno == EINTR);

  return n < 0 ? -errno : n;
}

gboolean
vt_endpoint_is_hung_up (const VtEndpoint *endpoint)
{
  struct pollfd pollfd = { .fd = endpoint->fd };

  return poll (&pollfd, 1, 0) > 0 && (pollfd.revents & POLLHUP) != 0;
}

void
vt_endpoint_want_room (VtEndpoint *endpoint, gboolean wanted)
{
  struct epoll_event interest = { .events = EDGES | (wanted ? EPOLLOUT : 0) };

  if (wanted == endpoint->wants_room)
    return;

  if (epoll_ctl (endpoint->epoll_fd, EPOLL_CTL_MOD, endpoint->fd, &interest) == 0)
    endpoint->wants_room = wanted;
}

void
vt_endpoint_kick (VtEndpoint *endpoint, gint64 moment)
{
  gint64 earlier = g_source_get_ready_time (endpoint->source);

  if (earlier < 0 || moment < earlier)
    g_source_set_ready_time (endpoint->source, moment);
}
