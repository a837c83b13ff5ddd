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
  VtJob *running;   /* NULL: none of this host's */
  gboolean listens; /* he asked for events */
  VtSessionClosed closed;
  gpointer data;
  GSource *telling; /* that the channel has closed */
  int errsv;
};

static void run_waiting (VtSession *session);

/* Takes @line. */
static void
send_line (VtSession *session, char *line)
{
  vt_channel_send (session->channel, line, strlen (line));
  g_free (line);
}

/* Nobody waits for the answer of what is running any more. */
static void
abandon_running (VtSession *session)
{
  VtJob *job = g_steal_pointer (&session->running);
  gsize size;

  if (job == NULL)
    return;

  size = vt_job_get_size (job);
  vt_job_abandon (job);
  vt_channel_finish_request (session->channel, size); /* may close, and come here again */
}

static void
on_job_ended (char *line, gpointer data)
{
  VtSession *session = data;

  if (line != NULL)
    send_line (session, line);
  abandon_running (session); /* behind the answer: with it a channel at its end may close */
  run_waiting (session);
}

/* Events go between replies, and are dropped where their listener does not read. */
static void
on_event (const char *line, gpointer data)
{
  VtSession *session = data;

  if (!vt_channel_is_congested (session->channel))
    vt_channel_send (session->channel, line, strlen (line));
}

static void
listen_to_events (VtSession *session, gboolean listen)
{
  VtEvents *events = session->server->agent->events;

  if (events == NULL || session->listens == listen)
    return;

  session->listens = listen;
  vt_events_set_listener (events, listen ? on_event : NULL, session);
}

/* Who has just come, and did not ask, is told nothing. */
static void
answer_instant (VtSession *session, const VtCall *call)
{
  if (vt_call_is_barrier (call))
    listen_to_events (session, FALSE);
  send_line (session, vt_call_run (call, session->server->agent, NULL));
  if ((call->spec->flags & VT_COMMAND_SUBSCRIBES) != 0)
    listen_to_events (session, TRUE);
}

/* Whether @call is answered without the worker. */
static gboolean
answer_now (VtSession *session, const VtCall *call)
{
  VtAgent *agent = session->server->agent;

  if (vt_call_is_instant (call))
    {
      answer_instant (session, call);
      return TRUE;
    }
  if (call->command->run_busy != NULL && vt_activity_has_change (agent->activity))
    {
      send_line (session, vt_call_run_busy (call, agent));
      return TRUE;
    }

  return FALSE;
}

/* Takes @call. */
static void
start (VtSession *session, VtCall *call)
{
  g_autoptr (VtCall) owned = call;
  g_autoptr (GError) fault = NULL;

  if (!answer_now (session, call))
    {
      session->running = vt_job_start (session->server, call, on_job_ended, session, &fault);
      if (session->running != NULL)
        {
          (void) g_steal_pointer (&owned);
          return;
        }
      send_line (session, vt_call_refuse (call, fault));
    }
  vt_channel_finish_request (session->channel, call->size);
}

static gboolean
is_attended (const VtSession *session)
{
  return vt_channel_get_peer_state (session->channel) == VT_PEER_PRESENT;
}

/*
 * Whether it may begin now. What was asked while nobody is known to be there waits until a
 * host's arrival is told, whose it may be, or it is too late for that; a change also where a
 * hang-up shows that was not told yet.
 */
static gboolean
may_begin (const VtSession *session, const VtBacklogEntry *entry)
{
  if (!is_attended (session) || vt_channel_is_congested (session->channel))
    return FALSE;

  return entry->call == NULL || !vt_call_changes (entry->call)
         || !vt_channel_is_hung_up (session->channel);
}

/* Takes @entry. */
static void
begin (VtSession *session, VtBacklogEntry *entry)
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
run_waiting (VtSession *session)
{
  const VtBacklogEntry *entry;

  while (session->running == NULL && (entry = vt_backlog_peek (session->backlog)) != NULL)
    {
      if (!may_begin (session, entry))
        return;
      begin (session, vt_backlog_pop (session->backlog));
    }
}

/* Takes @call, or where that is NULL, @line. */
static void
wait_for_turn (VtSession *session, VtCall *call, char *line)
{
  vt_backlog_push (session->backlog, call, line);
  run_waiting (session);
}

/*
 * A reconnect need not show as a hang-up: then answers that a newcomer's
 * predecessor had asked for are on their way to him. Behind the answer to his
 * sync none is left, and none of his own is ahead of it.
 */
static gboolean
must_wait (const VtSession *session, const VtCall *call)
{
  return vt_backlog_has_barrier (session->backlog)
         || (vt_call_is_barrier (call)
             && (session->running != NULL || !vt_backlog_is_empty (session->backlog)));
}

/* What is no call is answered at once, but in its turn behind a sync or before an arrival.
 * Takes @line. */
static void
answer_fault (VtSession *session, char *line)
{
  if (vt_channel_get_peer_state (session->channel) == VT_PEER_GONE
      || (is_attended (session) && !vt_backlog_has_barrier (session->backlog)))
    send_line (session, line);
  else
    wait_for_turn (session, NULL, line);
}

static void
on_frame (VtChannel *channel, const char *frame, gsize len, gpointer data)
{
  VtSession *session = data;
  g_autoptr (VtCall) call = NULL;
  char *line = NULL;

  call = vt_call_accept (session->server->agent->allowed, frame, len, &line);
  if (call == NULL)
    {
      answer_fault (session, line);
      return;
    }
  if (vt_log_is_verbose ())
    g_debug ("request: %s", call->spec->name);
  if (vt_channel_get_peer_state (channel) == VT_PEER_GONE)
    {
      vt_call_note_dropped (call, session->server->agent->activity);
      return;
    }
  if (is_attended (session) && !must_wait (session, call) && answer_now (session, call))
    return;

  wait_for_turn (session, g_steal_pointer (&call), NULL);
}

static void
on_fault (VtChannel *channel, const GError *fault, gpointer data)
{
  answer_fault (data, vt_error_to_line (fault, NULL));
}

static void
on_ready (VtChannel *channel, gpointer data)
{
  run_waiting (data);
}

static void
on_peer_left (VtChannel *channel, gpointer data)
{
  VtSession *session = data;

  g_debug ("the host has left");
  listen_to_events (session, FALSE);
  vt_backlog_drop_all (session->backlog);
  abandon_running (session);
}

static gboolean
tell_closed (gpointer data)
{
  VtSession *session = data;

  g_clear_pointer (&session->telling, g_source_unref);
  session->closed (session->errsv, session->data);

  return G_SOURCE_REMOVE;
}

/* Told from the loop, so that nobody frees the session below one of its own functions. */
static void
on_closed (VtChannel *channel, int errsv, gpointer data)
{
  VtSession *session = data;

  listen_to_events (session, FALSE);
  vt_backlog_drop_all (session->backlog);
  abandon_running (session);
  session->errsv = errsv;
  session->telling = g_idle_source_new ();
  g_source_set_priority (session->telling, G_PRIORITY_DEFAULT);
  g_source_set_callback (session->telling, tell_closed, session, NULL);
  g_source_attach (session->telling, NULL);
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
                VtSessionClosed closed,
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
      listen_to_events (session, FALSE);
      vt_backlog_drop_all (session->backlog);
      abandon_running (session);
      vt_backlog_free (session->backlog);
      vt_channel_free (session->channel);
    }
  if (session->telling != NULL)
    {
      g_source_destroy (session->telling);
      g_source_unref (session->telling);
    }
  g_free (session);
}
