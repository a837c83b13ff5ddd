/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/session/backlog.h"

#include <string.h>

struct VtBacklog
{
  VtChannel *channel;
  VtActivity *activity;
  GQueue entries;   /* of VtBacklogEntry */
  guint n_barriers; /* of the entries */
};

void
vt_backlog_entry_free (VtBacklogEntry *entry)
{
  vt_call_free (entry->call);
  g_free (entry->line);
  g_free (entry);
}

VtBacklog *
vt_backlog_new (VtChannel *channel, VtActivity *activity)
{
  VtBacklog *backlog = g_new0 (VtBacklog, 1);

  backlog->channel = channel;
  backlog->activity = activity;

  return backlog;
}

void
vt_backlog_free (VtBacklog *backlog)
{
  if (backlog == NULL)
    return;

  vt_backlog_drop_all (backlog);
  g_free (backlog);
}

static void
drop_oldest (VtBacklog *backlog)
{
  g_autoptr (VtBacklogEntry) entry = vt_backlog_pop (backlog);

  if (entry->call != NULL)
    vt_call_record_dropped (entry->call, backlog->activity);
  vt_channel_finish_request (backlog->channel, entry->size);
}

void
vt_backlog_drop_all (VtBacklog *backlog)
{
  while (!vt_backlog_is_empty (backlog))
    drop_oldest (backlog);
}

static void
drop_above_limit (VtBacklog *backlog)
{
  while (vt_channel_get_peer_state (backlog->channel) == VT_PEER_LEAVING
         && backlog->entries.length > 1 && vt_channel_has_too_many_requests (backlog->channel))
    drop_oldest (backlog);
}

static gboolean
is_barrier (const VtBacklogEntry *entry)
{
  return entry->call != NULL && vt_call_is_barrier (entry->call);
}

void
vt_backlog_push (VtBacklog *backlog, VtCall *call, char *line)
{
  VtBacklogEntry *entry = g_new (VtBacklogEntry, 1);

  *entry = (VtBacklogEntry){ call, line, call != NULL ? call->size : strlen (line) };
  vt_channel_add_request (backlog->channel, entry->size);
  g_queue_push_tail (&backlog->entries, entry);
  backlog->n_barriers += is_barrier (entry);
  drop_above_limit (backlog);
}

const VtBacklogEntry *
vt_backlog_peek (const VtBacklog *backlog)
{
  return g_queue_peek_head ((GQueue *) &backlog->entries);
}

VtBacklogEntry *
vt_backlog_pop (VtBacklog *backlog)
{
  VtBacklogEntry *entry = g_queue_pop_head (&backlog->entries);

  backlog->n_barriers -= is_barrier (entry);

  return entry;
}

gboolean
vt_backlog_is_empty (const VtBacklog *backlog)
{
  return backlog->entries.length == 0;
}

gboolean
vt_backlog_has_barrier (const VtBacklog *backlog)
{
  return backlog->n_barriers > 0;
}
