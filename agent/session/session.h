/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Executes the requests of one channel in order. Instant commands are executed
 * at once, all others one after the other on the worker. While no host is known
 * to be present, all requests wait, and so do the error replies to invalid
 * ones. If a host leaves, its changes that have not begun are dropped. A change
 * that is running ends; its reply is discarded. The session does not know what
 * a command does, and opens no channel.
 *
 * Main context only.
 */

#include <glib.h>

#include "agent/session/job.h"

typedef struct VtSession VtSession;

/* Called from the main loop when the stream has ended. May free the session. @errsv: an errno; 0:
 * the peer closed the stream. */
typedef void (*VtSessionClosedFunc) (int errsv, gpointer data);

/* @fd: (transfer full), also on failure. @persistent: see vt_channel_new(). NULL: as of
 * vt_channel_new(). */
VtSession *vt_session_new (const VtServer *server,
                           int fd,
                           gboolean persistent,
                           VtSessionClosedFunc closed,
                           gpointer data,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* A running command ends; its reply is discarded. */
void vt_session_free (VtSession *session);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtSession, vt_session_free)
