/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/channel/endpoint.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "protocol/error.h"

#define INPUT_EVENTS (EPOLLIN | EPOLLRDHUP | EPOLLET)

struct VtEndpoint
{
  int fd;
  int epoll_fd;
  gboolean watches_writable;
  GSource *source;
  VtEndpointFunc func;
  gpointer data;
};

typedef struct
{
  GSource base;
  VtEndpoint *endpoint;
} EndpointSource;

static gboolean
source_dispatch (GSource *source, GSourceFunc callback, gpointer data)
{
  VtEndpoint *endpoint = ((EndpointSource *) source)->endpoint;
  struct epoll_event event = { 0 };

  g_source_set_ready_time (source, -1);
  if (epoll_wait (endpoint->epoll_fd, &event, 1, 0) < 1)
    event.events = 0;
  endpoint->func (event.events, endpoint->data); /* may free the endpoint */

  return G_SOURCE_CONTINUE;
}

static GSourceFuncs source_funcs = { .dispatch = source_dispatch };

static gboolean
start_watching (VtEndpoint *endpoint, GError **error)
{
  struct epoll_event interest = { .events = INPUT_EVENTS | EPOLLOUT };

  endpoint->epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
  if (endpoint->epoll_fd < 0)
    return vt_error_set_errno (error, errno, "creating an epoll instance");
  if (epoll_ctl (endpoint->epoll_fd, EPOLL_CTL_ADD, endpoint->fd, &interest) < 0)
    return vt_error_set_errno (error, errno, "watching the channel");

  endpoint->source = g_source_new (&source_funcs, sizeof (EndpointSource));
  ((EndpointSource *) endpoint->source)->endpoint = endpoint;
  g_source_add_unix_fd (endpoint->source, endpoint->epoll_fd, G_IO_IN);
  /* Without this GLib removes the descriptor from its poll before each dispatch and adds it after,
   * and wakes the loop both times (gmain.c, block_source). */
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
  endpoint->watches_writable = TRUE;
  endpoint->func = func;
  endpoint->data = data;
  if (!start_watching (endpoint, error))
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
vt_endpoint_watch_writable (VtEndpoint *endpoint, gboolean watch)
{
  struct epoll_event interest = { .events = INPUT_EVENTS | (watch ? EPOLLOUT : 0) };

  if (watch == endpoint->watches_writable)
    return;

  if (epoll_ctl (endpoint->epoll_fd, EPOLL_CTL_MOD, endpoint->fd, &interest) == 0)
    endpoint->watches_writable = watch;
}

void
vt_endpoint_schedule (VtEndpoint *endpoint, gint64 moment)
{
  gint64 earlier = g_source_get_ready_time (endpoint->source);

  if (earlier < 0 || moment < earlier)
    g_source_set_ready_time (endpoint->source, moment);
}
