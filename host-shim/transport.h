/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A stream of bytes to a guest: read and written under an absolute deadline.
 * It is a descriptor of a stream socket, whoever made it: a Unix socket's
 * own, or one end of a pair whose other end somebody pumps. It knows no
 * frame.
 */

#include <glib.h>

typedef struct VtTransport VtTransport;

/* Called when the transport goes, after the descriptor was shut down and closed. */
typedef void (*VtTransportClosed) (gpointer data);

/* Takes @fd, a connected stream socket, and makes it non-blocking. @closed may be NULL. */
VtTransport *vt_transport_new (int fd, VtTransportClosed closed, gpointer data);
void vt_transport_free (VtTransport *transport);

/*
 * Connects to the Unix socket at @path. @deadline, here and below, is in µs as
 * g_get_monotonic_time(). VT_EXIT_UNREACHABLE says what to do about it;
 * VT_EXIT_TIMED_OUT where others keep the socket's queue full.
 */
VtTransport *vt_transport_open_unix (const char *path,
                                     gint64 deadline,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* All of it, or an error: VT_EXIT_TIMED_OUT, VT_EXIT_UNREACHABLE. */
gboolean vt_transport_write (VtTransport *transport,
                             const char *data,
                             gsize len,
                             gint64 deadline,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* At least one byte, or an error as above: the peer's end of file is one too. */
gboolean vt_transport_read (VtTransport *transport,
                            guint8 *buffer,
                            gsize size,
                            gsize *ret_len,
                            gint64 deadline,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtTransport, vt_transport_free)
