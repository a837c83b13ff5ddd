/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A descriptor watched for edges. A virtio port without a host is readable
 * and hung up at once and for ever, so a level-triggered loop spins on it
 * (GLib's own descriptor watches do). Here the descriptor sits in a private
 * epoll instance with EPOLLET, and that instance is what the main loop sees:
 * one wake-up for each change, none at rest (epoll(7)). It buffers nothing.
 *
 * Main context only.
 */

#include <glib.h>
#include <sys/epoll.h>

typedef struct VtEndpoint VtEndpoint;

/*
 * @events: of epoll_ctl(2): what the descriptor is ready for now; 0 where
 * vt_endpoint_kick() asked. May free the endpoint.
 */
typedef void (*VtEndpointFunc) (guint32 events, gpointer data);

/* Takes @fd, which must be non-blocking, also where it fails. Events begin with the next loop. */
VtEndpoint *vt_endpoint_new (int fd, VtEndpointFunc func, gpointer data, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Closes the descriptor. */
void vt_endpoint_free (VtEndpoint *endpoint);

/* Bytes moved, or a negative errno; 0 of reading is the end of what is there. */
gssize vt_endpoint_read (VtEndpoint *endpoint, void *buffer, gsize len);
gssize vt_endpoint_write (VtEndpoint *endpoint, const void *bytes, gsize len);

/* Whether the peer is gone at this moment: POLLHUP of poll(2). */
gboolean vt_endpoint_is_hung_up (const VtEndpoint *endpoint);

/*
 * Whether room to write is an event; at first it is. Where it already is there, that is an event
 * at once. It can fail only where the kernel has no memory, and then leaves things as they are.
 */
void vt_endpoint_want_room (VtEndpoint *endpoint, gboolean wanted);

/*
 * Calls back from the loop once more although no edge comes: at @moment, of
 * g_get_monotonic_time(), 0: now. Of several the earliest; any event takes it back.
 */
void vt_endpoint_kick (VtEndpoint *endpoint, gint64 moment);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtEndpoint, vt_endpoint_free)
