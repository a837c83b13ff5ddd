/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What a host asks over one channel, in order: instant commands are answered
 * at once, the others one after the other by the worker; while no host is
 * known to be there, all of it waits for one, faults too. A change whose host
 * has gone is not begun; what is under way when he goes ends, unanswered. It
 * knows no command's meaning and opens no channel.
 *
 * Main context only.
 */

#include <glib.h>

#include "agent/session/job.h"

typedef struct VtSession VtSession;

/* The stream has ended; the session may be freed. @errsv: 0 where the peer just left. */
typedef void (*VtSessionClosed) (int errsv, gpointer data);

/* Takes @fd. @persistent: see vt_channel_new(). */
VtSession *vt_session_new (const VtServer *server,
                           int fd,
                           gboolean persistent,
                           VtSessionClosed closed,
                           gpointer data,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* What is under way ends, unanswered. */
void vt_session_free (VtSession *session);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtSession, vt_session_free)
