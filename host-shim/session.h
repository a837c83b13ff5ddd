/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A conversation with an agent that may be anything: synchronised first, one
 * call at a time, one deadline for all of it, every byte counted. What the
 * previous client left unread, events nobody asked for and answers to others
 * are skipped as long as they are few. It knows no command's reply.
 */

#include <glib.h>
#include <json-glib/json-glib.h>

#include "host-shim/transport.h"

/* Bytes that one call may bring beside its reply; what a virtio port can hold is far less. */
#define VT_SESSION_STRAY_MAX (16 * 1024 * 1024)

typedef struct VtSession VtSession;

/*
 * Takes @transport and synchronises by guest-sync-delimited with a random id.
 * @timeout: in seconds, for messages; @deadline: µs as g_get_monotonic_time().
 */
VtSession *vt_session_new (VtTransport *transport, gdouble timeout, gint64 deadline, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
void vt_session_free (VtSession *session);

/*
 * Asks and waits. @arguments may be NULL and is not consumed. *@ret_data (transfer full): the data
 * that the agent sent with a VT_ERROR, an object of any shape; else NULL.
 * Returns: (transfer full): what the agent returned. What it refuses is
 * VT_ERROR; else VT_EXIT_USAGE (larger than the agent takes),
 * VT_EXIT_UNREACHABLE, VT_EXIT_TIMED_OUT or VT_EXIT_PROTOCOL.
 */
JsonNode *vt_session_call (VtSession *session,
                           const char *command,
                           JsonNode *arguments,
                           JsonNode **ret_data,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtSession, vt_session_free)
