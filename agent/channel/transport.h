/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Where a channel's descriptor comes from, and when: a port that udev
 * announces, a socket that somebody connects to, a serial line. It opens one
 * descriptor at a time and never looks into what passes through it. That
 * there is nothing to open is no error: the agent tunes without a host, too.
 *
 * Main context only.
 */

#include <glib.h>

#include "agent/hotplug/monitor.h"

typedef struct VtTransport VtTransport;

/* @fd becomes the callee's, non-blocking. @lasting: hang-ups don't end it, see vt_channel_new(). */
typedef void (*VtTransportOpened) (int fd, gboolean lasting, gpointer data);

/* What a kind of transport is; each in its own file. */
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
 * @path: whole, below whatever root there is. @monitor: not started yet;
 * outlives the transport.
 */
VtTransport *vt_virtio_port_new (const char *path, VtMonitor *monitor);
VtTransport *vt_serial_new (const char *path);
/* Binds its socket here and now. */
VtTransport *vt_unix_listen_new (const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;

typedef struct
{
  const char *method;       /* "virtio-serial" */
  const char *default_path; /* NULL: there is none */
} VtTransportMethod;

/* All that there are; NULL method at the end. */
extern const VtTransportMethod vt_transport_methods[];

const VtTransportMethod *vt_transport_method_find (const char *method);

/* VT_ERROR_INVALID_ARGUMENT: no such method. */
VtTransport *vt_transport_new (const char *method,
                               const char *path,
                               VtMonitor *monitor,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;
void vt_transport_free (VtTransport *transport);

/* From here on @opened is called, for one descriptor at a time. */
void vt_transport_start (VtTransport *transport, VtTransportOpened opened, gpointer data);

/* The descriptor that was opened last is closed: the next may come. @errsv: 0 where the peer left.
 */
void vt_transport_closed (VtTransport *transport, int errsv);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtTransport, vt_transport_free)
