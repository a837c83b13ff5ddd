/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/session.h"

#include <string.h>

#include "agent/activity.h"
#include "agent/channel/channel.h"
#include "agent/dispatcher.h"
#include "agent/events.h"
#include "agent/log.h"

/* A call on its way through the worker; outlives the session where it must. */
typedef struct
{
  const VtServer *server;
  VtSession *session; /* NULL: nobody waits for the answer */
  VtCall *call;
  gboolean ran;
  char *line;
  GError *fault;
} Job;

/* What waits for its turn: a call, or the answer to what was none. */
typedef struct
{
  VtCall *call; /* NULL: none */
  char *line;
} Waiting;

struct VtSession
{
  const VtServer *server;
  VtChannel *channel;
  GQueue waiting;   /* of Waiting, in the order of arrival */
  Job *running;     /* NULL: none of this host's */
  gboolean listens; /* he asked for events */
  VtSessionClosed closed;
  gpointer data;
  GSource *telling; /* that the channel has closed */
  int errsv;
};

static void run_waiting (VtSession *session);

/* Answered from memory, on the main context. */
static gboolean
is_instant (const VtCall *call)
{
  return (call->spec->flags & (VT_COMMAND_READS | VT_COMMAND_CHANGES)) == 0;
}

static gboolean
changes (const VtCall *call)
{
  return (call->spec->flags & VT_COMMAND_CHANGES) != 0;
}

/* Takes @line. */
static void
send_line (VtSession *session, char *line)
{
  vt_channel_send (session->channel, line, strlen (line));
  g_free (line);
}

static void
job_run (gpointer data)
{
  Job *job = data;

  job->line = vt_call_run (job->call, job->server->agent, &job->fault);
  job->ran = TRUE;
  if (changes (job->call))
    vt_activity_end (job->server->agent->activity, job->fault);
}

static void
log_change (const Job *job)
{
  const char *name = job->call->spec->name;

  if (job->fault != NULL)
    vt_log_event (VT_LOG_REFUSED, "%s: %s", name, job->fault->message);
  else if (g_str_equal (name, "tune-rollback"))
    vt_log_event (VT_LOG_ROLLED_BACK, "%s: done", name);
  else if (g_str_equal (name, "tune-memory-online"))
    g_debug ("%s: done", name); /* asked again and again while a host waits */
  else
    vt_log_event (VT_LOG_APPLIED, "%s: done", name);
}

static void
job_free (Job *job)
{
  vt_call_free (job->call);
  g_free (job->line);
  g_clear_error (&job->fault);
  g_free (job);
}

/* Nobody waits for the answer of what is running any more. */
static void
abandon_running (VtSession *session)
{
  Job *job = g_steal_pointer (&session->running);

  if (job == NULL)
    return;

  job->session = NULL;
  vt_channel_release (session->channel, job->call->size); /* may close, and come here again */
}

static void
job_done (gpointer data)
{
  Job *job = data;
  VtSession *session = job->session;

  if (job->ran && changes (job->call))
    {
      log_change (job);
      job->server->changed (job->server->data);
    }
  if (session != NULL)
    {
      if (job->ran)
        send_line (session, g_steal_pointer (&job->line));
      abandon_running (session); /* behind the answer: with it a channel at its end may close */
      run_waiting (session);
    }
  job_free (job);
}

static void
refuse_busy (VtSession *session, const VtCall *call, const char *reason)
{
  send_line (session, vt_call_refuse (call, VT_ERROR_BUSY, "%s", reason));
  vt_channel_release (session->channel, call->size);
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
  vt_events_listen (events, listen ? on_event : NULL, session);
}

/* Who has just come, and did not ask, is told nothing. */
static void
answer_instant (VtSession *session, const VtCall *call)
{
  if ((call->spec->flags & VT_COMMAND_BARRIER) != 0)
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

  if (is_instant (call))
    {
      answer_instant (session, call);
      return TRUE;
    }
  if (call->command->run_busy != NULL && vt_activity_is_busy (agent->activity))
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
  VtActivity *activity = session->server->agent->activity;
  g_autoptr (GError) fault = NULL;
  Job *job;

  if (answer_now (session, call))
    {
      vt_channel_release (session->channel, call->size);
      vt_call_free (call);
      return;
    }
  if (changes (call) && !vt_activity_begin (activity, call->spec->name))
    {
      refuse_busy (session, call, "Another change is under way");
      vt_call_free (call);
      return;
    }

  job = g_new (Job, 1);
  *job = (Job){ .server = session->server, .session = session, .call = call };
  session->running = job;
  if (vt_worker_push (session->server->worker, job_run, job_done, job))
    return;

  vt_error_set (&fault, VT_ERROR_BUSY, "Too many requests wait for one that is stuck");
  if (changes (call))
    vt_activity_end (activity, fault);
  session->running = NULL;
  refuse_busy (session, call, fault->message);
  job_free (job);
}

static gboolean
is_attended (const VtSession *session)
{
  return vt_channel_get_peer (session->channel) == VT_PEER_PRESENT;
}

/*
 * Whether it may begin now. What was asked while nobody is known to be there waits until a
 * host's arrival is told, whose it may be, or it is too late for that; a change also where a
 * hang-up shows that was not told yet.
 */
static gboolean
may_begin (const VtSession *session, const Waiting *waiting)
{
  if (!is_attended (session) || vt_channel_is_congested (session->channel))
    return FALSE;

  return waiting->call == NULL || !changes (waiting->call)
         || !vt_channel_is_hung_up (session->channel);
}

static gsize
waiting_size (const Waiting *waiting)
{
  return waiting->call != NULL ? waiting->call->size : strlen (waiting->line);
}

static void
waiting_free (Waiting *waiting)
{
  vt_call_free (waiting->call);
  g_free (waiting->line);
  g_free (waiting);
}

/* Takes @waiting. */
static void
begin (VtSession *session, Waiting *waiting)
{
  if (waiting->call != NULL)
    start (session, g_steal_pointer (&waiting->call));
  else
    {
      vt_channel_send (session->channel, waiting->line, strlen (waiting->line));
      vt_channel_release (session->channel, waiting_size (waiting));
    }
  waiting_free (waiting);
}

static void
run_waiting (VtSession *session)
{
  const Waiting *waiting;

  while (session->running == NULL && (waiting = g_queue_peek_head (&session->waiting)) != NULL)
    {
      if (!may_begin (session, waiting))
        return;
      begin (session, g_queue_pop_head (&session->waiting));
    }
}

static void
count_dropped (VtSession *session, const VtCall *call)
{
  if (!changes (call))
    return;

  vt_activity_count_dropped (session->server->agent->activity);
  vt_log_event (VT_LOG_DROPPED, "%s was not run: its sender had gone", call->spec->name);
}

static void
drop_oldest (VtSession *session)
{
  Waiting *waiting = g_queue_pop_head (&session->waiting);

  if (waiting->call != NULL)
    count_dropped (session, waiting->call);
  vt_channel_release (session->channel, waiting_size (waiting));
  waiting_free (waiting);
}

static void
drop_waiting (VtSession *session)
{
  while (!g_queue_is_empty (&session->waiting))
    drop_oldest (session);
}

/* The newest may be a newcomer's; the oldest are not, or he sends more than he should unasked. */
static void
drop_too_much (VtSession *session)
{
  while (vt_channel_get_peer (session->channel) == VT_PEER_LEAVING && session->waiting.length > 1
         && vt_channel_holds_too_much (session->channel))
    drop_oldest (session);
}

/* Takes @call, or where that is NULL, @line. */
static void
wait_for_turn (VtSession *session, VtCall *call, char *line)
{
  Waiting *waiting = g_new (Waiting, 1);

  *waiting = (Waiting){ call, line };
  vt_channel_hold (session->channel, waiting_size (waiting));
  g_queue_push_tail (&session->waiting, waiting);
  drop_too_much (session);
  run_waiting (session);
}

/*
 * A reconnect need not show as a hang-up: then answers that a newcomer's
 * predecessor had asked for are on their way to him. Behind the answer to his
 * sync none is left.
 */
static gboolean
must_wait (const VtSession *session, const VtCall *call)
{
  return (call->spec->flags & VT_COMMAND_BARRIER) != 0
         && (session->running != NULL || !g_queue_is_empty ((GQueue *) &session->waiting));
}

/* What is no call is answered in its turn among those that wait for an arrival. Takes @line. */
static void
answer_fault (VtSession *session, char *line)
{
  if (is_attended (session) || vt_channel_get_peer (session->channel) == VT_PEER_GONE)
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
  if (vt_channel_get_peer (channel) == VT_PEER_GONE)
    {
      count_dropped (session, call);
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
on_detached (VtChannel *channel, gpointer data)
{
  VtSession *session = data;

  g_debug ("the host has left");
  listen_to_events (session, FALSE);
  drop_waiting (session);
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
  drop_waiting (session);
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
  .detached = on_detached,
  .closed = on_closed,
};

VtSession *
vt_session_new (const VtServer *server,
                int fd,
                gboolean lasting,
                VtSessionClosed closed,
                gpointer data,
                GError **error)
{
  g_autoptr (VtSession) session = g_new0 (VtSession, 1);

  session->server = server;
  session->closed = closed;
  session->data = data;
  session->channel = vt_channel_new (fd, lasting, &channel_events, session, error);
  if (session->channel == NULL)
    return NULL;

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
      drop_waiting (session);
      abandon_running (session);
      vt_channel_free (session->channel);
    }
  if (session->telling != NULL)
    {
      g_source_destroy (session->telling);
      g_source_unref (session->telling);
    }
  g_free (session);
}
