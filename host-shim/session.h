/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A session with an untrusted agent: synchronises first, then makes one call at
 * a time, with one deadline for the whole session. It skips input that does
 * not answer its call (replies to a previous client, and events), up to a
 * limit of bytes. It does not know the replies of single commands.
 */

#include <glib.h>
#include <json-glib/json-glib.h>

#include "host-shim/transport.h"

/* Bytes that one call may receive beside its reply. A virtio port buffers far less. */
#define VT_SESSION_STRAY_MAX (16 * 1024 * 1024)

typedef struct VtSession VtSession;

/*
 * Synchronises with guest-sync-delimited and a random id. @transport: (transfer full).
 * @timeout: seconds, only for error messages; @deadline: µs as g_get_monotonic_time().
 */
VtSession *vt_session_new (VtTransport *transport, gdouble timeout, gint64 deadline, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
void vt_session_free (VtSession *session);

/*
 * Sends a request and waits for its reply. @arguments: (transfer none), may be NULL.
 * *@ret_data: (transfer full): the data that the agent sent with an error, an object of any shape;
 * NULL: none.
 * Returns: (transfer full): the agent's return value. An error that the agent
 * sent is a VT_ERROR. Others are VT_EXIT_USAGE (the request is too large),
 * VT_EXIT_UNREACHABLE, VT_EXIT_TIMED_OUT and VT_EXIT_PROTOCOL.
 */
JsonNode *vt_session_call (VtSession *session,
                           const char *command,
                           JsonNode *arguments,
                           JsonNode **ret_data,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtSession, vt_session_free)
