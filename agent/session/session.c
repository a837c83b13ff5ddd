/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/session/session.h"

#include <string.h>

#include "agent/channel/channel.h"
#include "agent/reporting/events.h"
#include "agent/reporting/log.h"
#include "agent/session/backlog.h"
#include "agent/session/call.h"
#include "agent/worker/activity.h"

struct VtSession
{
  const VtServer *server;
  VtChannel *channel;
  VtBacklog *backlog;
  VtJob *running;      /* NULL: none */
  gboolean subscribed; /* the host subscribed to events */
  VtSessionClosedFunc closed;
  gpointer data;
  GSource *close_source; /* calls @closed; NULL: the channel is open */
  int close_errsv;
};

static void run_backlog (VtSession *session);

/* @line: (transfer full) */
static void
send_line (VtSession *session, char *line)
{
  vt_channel_send (session->channel, line, strlen (line));
  g_free (line);
}

/* Cancels the running job, or forgets it if it has finished. */
static void
end_running (VtSession *session)
{
  VtJob *job = g_steal_pointer (&session->running);
  gsize size;

  if (job == NULL)
    return;

  size = vt_job_get_size (job);
  vt_job_cancel (job);
  vt_channel_finish_request (session->channel,
                             size); /* may close the channel, which calls this function again */
}

static void
on_job_finished (char *line, gpointer data)
{
  VtSession *session = data;

  if (line != NULL)
    send_line (session, line);
  end_running (session); /* after the reply: a channel whose peer sends no more may now close */
  run_backlog (session);
}

/* Sends an event between two replies. It is dropped if the host does not read. */
static void
on_event (const char *line, gpointer data)
{
  VtSession *session = data;

  if (!vt_channel_is_congested (session->channel))
    vt_channel_send (session->channel, line, strlen (line));
}

static void
set_subscribed (VtSession *session, gboolean subscribed)
{
  VtEvents *events = session->server->agent->events;

  if (events == NULL || session->subscribed == subscribed)
    return;

  session->subscribed = subscribed;
  vt_events_set_listener (events, subscribed ? on_event : NULL, session);
}

/* A barrier comes from a host that has just connected, so it ends the previous host's subscription.
 */
static void
run_instant (VtSession *session, const VtCall *call)
{
  if (vt_call_is_barrier (call))
    set_subscribed (session, FALSE);
  send_line (session, vt_call_run (call, session->server->agent, NULL));
  if ((call->spec->flags & VT_COMMAND_SUBSCRIBES) != 0)
    set_subscribed (session, TRUE);
}

/* Executes @call now if it does not need the worker. Returns: whether it did */
static gboolean
try_run_now (VtSession *session, const VtCall *call)
{
  VtAgent *agent = session->server->agent;

  if (vt_call_is_instant (call))
    {
      run_instant (session, call);
      return TRUE;
    }
  if (call->command->run_busy != NULL && vt_activity_has_change (agent->activity))
    {
      send_line (session, vt_call_run_busy (call, agent));
      return TRUE;
    }

  return FALSE;
}

/* @call: (transfer full) */
static void
start (VtSession *session, VtCall *call)
{
  g_autoptr (VtCall) owned = call;
  g_autoptr (GError) fault = NULL;

  if (!try_run_now (session, call))
    {
      session->running = vt_job_start (session->server, call, on_job_finished, session, &fault);
      if (session->running != NULL)
        {
          (void) g_steal_pointer (&owned);
          return;
        }
      send_line (session, vt_call_to_error_line (call, fault));
    }
  vt_channel_finish_request (session->channel, call->size);
}

static gboolean
has_peer (const VtSession *session)
{
  return vt_channel_get_peer_state (session->channel) == VT_PEER_PRESENT;
}

/*
 * Whether @entry may be executed now. Without a known host it waits until a host is reported, or
 * until it has expired. A change also waits if the descriptor shows a hang-up that was not reported
 * yet.
 */
static gboolean
may_start (const VtSession *session, const VtBacklogEntry *entry)
{
  if (!has_peer (session) || vt_channel_is_congested (session->channel))
    return FALSE;

  return entry->call == NULL || !vt_call_changes (entry->call)
         || !vt_channel_is_hung_up (session->channel);
}

/* @entry: (transfer full) */
static void
start_entry (VtSession *session, VtBacklogEntry *entry)
{
  g_autoptr (VtBacklogEntry) owned G_GNUC_UNUSED = entry;

  if (entry->call != NULL)
    {
      start (session, g_steal_pointer (&entry->call));
      return;
    }

  send_line (session, g_steal_pointer (&entry->line));
  vt_channel_finish_request (session->channel, entry->size);
}

static void
run_backlog (VtSession *session)
{
  const VtBacklogEntry *entry;

  while (session->running == NULL && (entry = vt_backlog_peek (session->backlog)) != NULL)
    {
      if (!may_start (session, entry))
        return;
      start_entry (session, vt_backlog_pop (session->backlog));
    }
}

/* Queues @call, or @line if @call is NULL. Both are (transfer full). */
static void
enqueue (VtSession *session, VtCall *call, char *line)
{
  vt_backlog_push (session->backlog, call, line);
  run_backlog (session);
}

/*
 * A reconnect does not always show as a hang-up. Then the new host first gets
 * replies to the previous host's requests. It discards them up to the reply to
 * its sync. So the sync must wait for all earlier requests, and all later
 * requests must wait for the sync.
 */
static gboolean
must_wait (const VtSession *session, const VtCall *call)
{
  return vt_backlog_has_barrier (session->backlog)
         || (vt_call_is_barrier (call)
             && (session->running != NULL || !vt_backlog_is_empty (session->backlog)));
}

/* Sends the error reply to an invalid request at once, unless it must wait for a barrier or for a
 * host. @line: (transfer full) */
static void
reply_error (VtSession *session, char *line)
{
  if (vt_channel_get_peer_state (session->channel) == VT_PEER_GONE
      || (has_peer (session) && !vt_backlog_has_barrier (session->backlog)))
    send_line (session, line);
  else
    enqueue (session, NULL, line);
}

static void
on_frame (VtChannel *channel, const char *frame, gsize len, gpointer data)
{
  VtSession *session = data;
  g_autoptr (VtCall) call = NULL;
  char *line = NULL;

  call = vt_call_parse (session->server->agent->allowed, frame, len, &line);
  if (call == NULL)
    {
      reply_error (session, line);
      return;
    }
  if (vt_log_is_verbose ())
    g_debug ("request: %s", call->spec->name);
  if (vt_channel_get_peer_state (channel) == VT_PEER_GONE)
    {
      vt_call_record_dropped (call, session->server->agent->activity);
      return;
    }
  if (has_peer (session) && !must_wait (session, call) && try_run_now (session, call))
    return;

  enqueue (session, g_steal_pointer (&call), NULL);
}

static void
on_fault (VtChannel *channel, const GError *fault, gpointer data)
{
  reply_error (data, vt_error_to_line (fault, NULL, NULL));
}

static void
on_ready (VtChannel *channel, gpointer data)
{
  run_backlog (data);
}

static void
on_peer_left (VtChannel *channel, gpointer data)
{
  VtSession *session = data;

  g_debug ("the host has left");
  set_subscribed (session, FALSE);
  vt_backlog_drop_all (session->backlog);
  end_running (session);
}

static gboolean
call_closed (gpointer data)
{
  VtSession *session = data;

  g_clear_pointer (&session->close_source, g_source_unref);
  session->closed (session->close_errsv, session->data);

  return G_SOURCE_REMOVE;
}

/* Calls @closed from the main loop, so that the session is not freed while one of its functions
 * runs. */
static void
on_closed (VtChannel *channel, int errsv, gpointer data)
{
  VtSession *session = data;

  set_subscribed (session, FALSE);
  vt_backlog_drop_all (session->backlog);
  end_running (session);
  session->close_errsv = errsv;
  session->close_source = g_idle_source_new ();
  g_source_set_priority (session->close_source, G_PRIORITY_DEFAULT);
  g_source_set_callback (session->close_source, call_closed, session, NULL);
  g_source_attach (session->close_source, NULL);
}

static const VtChannelEvents channel_events = {
  .frame = on_frame,
  .fault = on_fault,
  .ready = on_ready,
  .peer_left = on_peer_left,
  .closed = on_closed,
};

VtSession *
vt_session_new (const VtServer *server,
                int fd,
                gboolean persistent,
                VtSessionClosedFunc closed,
                gpointer data,
                GError **error)
{
  g_autoptr (VtSession) session = g_new0 (VtSession, 1);

  session->server = server;
  session->closed = closed;
  session->data = data;
  session->channel = vt_channel_new (fd, persistent, &channel_events, session, error);
  if (session->channel == NULL)
    return NULL;

  session->backlog = vt_backlog_new (session->channel, server->agent->activity);

  return g_steal_pointer (&session);
}

void
vt_session_free (VtSession *session)
{
  if (session == NULL)
    return;

  if (session->channel != NULL)
    {
      set_subscribed (session, FALSE);
      vt_backlog_drop_all (session->backlog);
      end_running (session);
      vt_backlog_free (session->backlog);
      vt_channel_free (session->channel);
    }
  if (session->close_source != NULL)
    {
      g_source_destroy (session->close_source);
      g_source_unref (session->close_source);
    }
  g_free (session);
}
