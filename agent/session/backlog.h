/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The queue of requests that wait to be executed, in the order of their
 * arrival. An entry is a call, or the finished reply to input that was no valid
 * call. All entries count as unanswered requests of the channel. A change that
 * is dropped is counted and logged. The queue does not decide when an entry is
 * executed.
 *
 * Main context only.
 */

#include <glib.h>

#include "agent/channel/channel.h"
#include "agent/session/call.h"
#include "agent/worker/activity.h"

typedef struct
{
  VtCall *call; /* NULL: the entry is a reply */
  char *line;   /* the reply; NULL: the entry is a call */
  gsize size;   /* bytes, as counted by vt_channel_add_request() */
} VtBacklogEntry;

void vt_backlog_entry_free (VtBacklogEntry *entry);

typedef struct VtBacklog VtBacklog;

/* Both must outlive it. */
VtBacklog *vt_backlog_new (VtChannel *channel, VtActivity *activity);
/* Drops all entries. */
void vt_backlog_free (VtBacklog *backlog);

/*
 * Appends @call, or @line if @call is NULL. Both are (transfer full). While
 * the peer is leaving, the oldest entries are dropped if there are too many:
 * they belong to the host that left, or a new host sends more than it may
 * before the first reply.
 */
void vt_backlog_push (VtBacklog *backlog, VtCall *call, char *line);
/* Returns: (transfer none): the oldest entry; NULL: there is none */
const VtBacklogEntry *vt_backlog_peek (const VtBacklog *backlog);
/* Returns: (transfer full): the oldest entry. It still counts as unanswered until the caller calls
 * vt_channel_finish_request(). */
VtBacklogEntry *vt_backlog_pop (VtBacklog *backlog);
gboolean vt_backlog_is_empty (const VtBacklog *backlog);
/* Whether one of the entries is a barrier, see vt_call_is_barrier(). */
gboolean vt_backlog_has_barrier (const VtBacklog *backlog);
void vt_backlog_drop_all (VtBacklog *backlog);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtBacklogEntry, vt_backlog_entry_free)
