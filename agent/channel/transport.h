/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A transport opens the descriptor of a channel: a virtio port when udev
 * announces it, a Unix socket when a client connects, or a serial line. It
 * opens one descriptor at a time and reads nothing from it. If there is nothing
 * to open, that is no error, because the agent also tunes without a host.
 *
 * Main context only.
 */

#include <glib.h>

#include "agent/hotplug/monitor.h"

typedef struct VtTransport VtTransport;

/* @fd: (transfer full), non-blocking. @persistent: see vt_channel_new(). */
typedef void (*VtTransportOpened) (int fd, gboolean persistent, gpointer data);

/* The functions and data that each kind of transport has. Each kind is in its own file. */
struct VtTransport
{
  void (*start) (VtTransport *transport);
  void (*closed) (VtTransport *transport, int errsv);
  void (*free) (VtTransport *transport);
  VtTransportOpened opened;
  gpointer data;
  char *path;
};

/*
 * @path: the complete path, including the root. @monitor: must not be started
 * yet, and must outlive the transport.
 */
VtTransport *vt_virtio_port_new (const char *path, VtMonitor *monitor);
VtTransport *vt_serial_new (const char *path);
/* Binds the socket before it returns. NULL: VT_ERROR_INVALID_ARGUMENT or VT_ERROR_GENERIC. */
VtTransport *vt_unix_listen_new (const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;

typedef struct
{
  const char *method;       /* "virtio-serial" */
  const char *default_path; /* NULL: the method needs a path */
} VtTransportMethod;

/* All methods. The last row has the method NULL. */
extern const VtTransportMethod vt_transport_methods[];

/* Returns: (transfer none): NULL if there is no such method */
const VtTransportMethod *vt_transport_method_find (const char *method);

/* NULL: VT_ERROR_INVALID_ARGUMENT if there is no such method, and the errors of
 * vt_unix_listen_new(). */
VtTransport *vt_transport_new (const char *method,
                               const char *path,
                               VtMonitor *monitor,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;
void vt_transport_free (VtTransport *transport);

/* Calls @opened for each descriptor from now on, one at a time. */
void vt_transport_start (VtTransport *transport, VtTransportOpened opened, gpointer data);

/* Tells the transport that the descriptor was closed, so that it opens the next one. @errsv: an
 * errno; 0: the peer closed it. */
void vt_transport_handle_closed (VtTransport *transport, int errsv);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtTransport, vt_transport_free)
