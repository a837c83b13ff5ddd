/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A stream of bytes to a guest, which is read and written with an absolute
 * deadline. It wraps a stream socket: a connected Unix socket, or one end of a
 * socket pair whose other end libvirt-pump serves. It knows no frames.
 */

#include <glib.h>

typedef struct VtTransport VtTransport;

/* Called when the transport is freed, after its descriptor was closed. */
typedef void (*VtTransportClosed) (gpointer data);

/* @fd: (transfer full): a connected stream socket; it is made non-blocking. @closed may be NULL. */
VtTransport *vt_transport_new (int fd, VtTransportClosed closed, gpointer data);
void vt_transport_free (VtTransport *transport);

/*
 * Connects to the Unix socket at @path. @deadline, here and below: µs as
 * g_get_monotonic_time(). VT_EXIT_UNREACHABLE, with advice in the message: no
 * connection; VT_EXIT_TIMED_OUT: other clients keep the socket's queue full.
 */
VtTransport *vt_transport_open_unix (const char *path,
                                     gint64 deadline,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Writes all of @data. Errors: VT_EXIT_TIMED_OUT, VT_EXIT_UNREACHABLE. */
gboolean vt_transport_write (VtTransport *transport,
                             const char *data,
                             gsize len,
                             gint64 deadline,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Reads at least one byte. Errors: as vt_transport_write(); also if the peer closed the stream. */
gboolean vt_transport_read (VtTransport *transport,
                            guint8 *buffer,
                            gsize size,
                            gsize *ret_len,
                            gint64 deadline,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtTransport, vt_transport_free)
