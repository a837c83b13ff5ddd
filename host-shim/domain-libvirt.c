/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host-shim/domain.h"

#include <errno.h>
#include <fcntl.h>
#include <libvirt/virterror.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host-shim/exit.h"
#include "host-shim/libvirt-channel.h"
#include "host-shim/libvirt-lazy.h"
#include "host-shim/libvirt-pump.h"

/* µs to wait at the end until libvirtd has released the channel. */
#define CLOSE_PATIENCE (2 * G_USEC_PER_SEC)

typedef enum
{
  LINK_OPENING,
  LINK_OPEN,
  LINK_OVER,
} LinkState;

/* Shared by the caller and its thread. Reference-counted: the last of the two frees it. */
typedef struct
{
  gatomicrefcount refs;
  char *uri;
  char *domain;
  int fd; /* the thread's end of the socket pair */
  GMutex lock;
  GCond changed;
  LinkState state;
  GError *error; /* why the channel could not be opened; NULL: none */
} Link;

static Link *
link_new (const char *uri, const char *domain, int fd)
{
  Link *self = g_new0 (Link, 1);

  g_atomic_ref_count_init (&self->refs);
  self->uri = g_strdup (uri);
  self->domain = g_strdup (domain);
  self->fd = fd;
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  return self;
}

static Link *
link_ref (Link *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

static void
link_unref (Link *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  (void) close (self->fd);
  g_clear_error (&self->error);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->changed);
  g_free (self->uri);
  g_free (self->domain);
  g_free (self);
}

static void
link_set_state (Link *self, LinkState state, GError *error)
{
  g_mutex_lock (&self->lock);
  self->state = state;
  self->error = error;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

/* Waits until the state is no longer @state. FALSE: @deadline was reached before. */
static gboolean
link_wait_while (Link *self, LinkState state, gint64 deadline)
{
  gboolean in_time = TRUE;

  g_mutex_lock (&self->lock);
  while (self->state == state && in_time)
    in_time = g_cond_wait_until (&self->changed, &self->lock, deadline);
  in_time = self->state != state;
  g_mutex_unlock (&self->lock);
  return in_time;
}

static gpointer
link_thread (gpointer data)
{
  Link *self = data;
  VtLibvirtChannel channel = { NULL };
  GError *error = NULL;

  if (vt_libvirt_channel_open (&channel, self->uri, self->domain, &error))
    {
      link_set_state (self, LINK_OPEN, NULL);
      vt_libvirt_pump_run (channel.stream, self->fd);
      (void) shutdown (self->fd, SHUT_RDWR);
      vt_libvirt_channel_clear (&channel);
    }
  link_set_state (self, LINK_OVER, error);
  link_unref (self);
  return NULL;
}

/* The transport has closed its end of the socket pair, so the thread will release the channel. */
static void
link_closed (gpointer data)
{
  Link *self = data;

  (void) link_wait_while (self, LINK_OPEN, g_get_monotonic_time () + CLOSE_PATIENCE);
  link_unref (self);
}

static gboolean
link_start (Link *self, gint64 deadline, GError **error)
{
  g_autoptr (GThread) thread = g_thread_try_new ("libvirt", link_thread, link_ref (self), error);

  if (thread == NULL)
    {
      link_unref (self);
      return FALSE;
    }
  if (!link_wait_while (self, LINK_OPENING, deadline))
    return vt_exit_set (error, VT_EXIT_TIMED_OUT,
                        "libvirt did not open the channel of domain '%s' in time", self->domain);
  if (self->error == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&self->error));
  return FALSE;
}

/* virEventRegisterDefaultImpl() must be called before the first connection. Calling it again does
 * no harm. */
static gboolean
prepare (int fds[2], GError **error)
{
  if (!vt_libvirt_load (error))
    return FALSE;
  if (virEventRegisterDefaultImpl () < 0)
    return vt_exit_set (error, VT_EXIT_UNREACHABLE, "can't start libvirt's event loop: %s",
                        virGetLastErrorMessage ());
  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) == 0)
    return TRUE;
  return vt_exit_set (error, VT_EXIT_UNREACHABLE, "can't create a socket pair for libvirt: %s",
                      g_strerror (errno));
}

VtTransport *
vt_domain_open (const char *uri, const char *domain, gint64 deadline, GError **error)
{
  int fds[2];
  Link *self;

  if (!prepare (fds, error))
    return NULL;
  self = link_new (uri, domain, fds[1]);
  if (link_start (self, deadline, error))
    return vt_transport_new (fds[0], link_closed, self);
  (void) close (fds[0]);
  link_unref (self);
  return NULL;
}
