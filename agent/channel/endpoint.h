/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A descriptor that is watched edge-triggered. A virtio port without a host is
 * always readable and hung up, so a level-triggered watch, such as GLib's,
 * would spin. Here the descriptor is in a private epoll instance with EPOLLET,
 * and the main loop watches that instance. So each change causes one wake-up,
 * and without a change there is none (epoll(7)). It buffers nothing.
 *
 * Main context only.
 */

#include <glib.h>
#include <sys/epoll.h>

typedef struct VtEndpoint VtEndpoint;

/*
 * @events: what the descriptor is ready for now, in bits of epoll_ctl(2); 0:
 * vt_endpoint_schedule() asked for the call. May free the endpoint.
 */
typedef void (*VtEndpointFunc) (guint32 events, gpointer data);

/*
 * @fd: (transfer full), also on failure; it must be non-blocking. The first
 * call of @func comes from the main loop. NULL: VT_ERROR_GENERIC.
 */
VtEndpoint *vt_endpoint_new (int fd, VtEndpointFunc func, gpointer data, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Closes the descriptor. */
void vt_endpoint_free (VtEndpoint *endpoint);

/* Both return the number of bytes, or a negative errno. Reading returns 0 at the end of the input.
 */
gssize vt_endpoint_read (VtEndpoint *endpoint, void *buffer, gsize len);
gssize vt_endpoint_write (VtEndpoint *endpoint, const void *bytes, gsize len);

/* Whether the descriptor is hung up now: POLLHUP of poll(2). */
gboolean vt_endpoint_is_hung_up (const VtEndpoint *endpoint);

/*
 * Sets whether "writable" is an event; initially it is. If the descriptor is
 * writable already, the event comes at once. If the kernel has no memory, the
 * setting stays as it is.
 */
void vt_endpoint_watch_writable (VtEndpoint *endpoint, gboolean watch);

/*
 * Calls the function from the main loop at @moment without an event: µs as
 * g_get_monotonic_time(), 0: now. Of several moments the earliest counts. Any
 * event cancels them.
 */
void vt_endpoint_schedule (VtEndpoint *endpoint, gint64 moment);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtEndpoint, vt_endpoint_free)
