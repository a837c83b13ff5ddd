/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What a host asked and that waits for its turn, in the order of arrival:
 * calls, and the answers to what was none. All of it counts for the bounds of
 * its channel. A change that is dropped is counted and logged. When whose turn
 * it is, it does not know.
 *
 * Main context only.
 */

#include <glib.h>

#include "agent/channel/channel.h"
#include "agent/session/call.h"
#include "agent/worker/activity.h"

typedef struct
{
  VtCall *call; /* NULL: none */
  char *line;   /* the answer where there is no call */
  gsize size;   /* what it counts for, in bytes */
} VtBacklogEntry;

void vt_backlog_entry_free (VtBacklogEntry *entry);

typedef struct VtBacklog VtBacklog;

/* Both must outlive it. */
VtBacklog *vt_backlog_new (VtChannel *channel, VtActivity *activity);
/* Drops what waits. */
void vt_backlog_free (VtBacklog *backlog);

/*
 * Takes @call, or where that is NULL, @line. While the peer is leaving, the oldest make place
 * where there is too much: they are the departed one's, or a newcomer sends more than he should
 * before anything was answered.
 */
void vt_backlog_push (VtBacklog *backlog, VtCall *call, char *line);
/* Returns: (transfer none): whose turn it is, or NULL */
const VtBacklogEntry *vt_backlog_peek (const VtBacklog *backlog);
/* Its bytes count as before, until the caller releases them. (transfer full) */
VtBacklogEntry *vt_backlog_pop (VtBacklog *backlog);
gboolean vt_backlog_is_empty (const VtBacklog *backlog);
/* Whether a barrier is among what waits. */
gboolean vt_backlog_has_barrier (const VtBacklog *backlog);
void vt_backlog_drop_all (VtBacklog *backlog);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtBacklogEntry, vt_backlog_entry_free)
