/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/commands/command-set.h"
#include "agent/engine/engine.h"
#include "agent/session/session.h"
#include "agent/worker/activity.h"
#include "loop.h"

#define CHANGE "{\"execute\":\"guest-set-vcpus\",\"arguments\":{\"vcpus\":[]},\"id\":1}"
#define READ   "{\"execute\":\"guest-get-memory-block-info\",\"id\":2}"
#define PING   "{\"execute\":\"guest-ping\",\"id\":3}"

/* The worker is stuck while the gate is locked, as on a device that does not answer. */
typedef struct
{
  char *root;
  VtKernelFs *fs;
  VtAgent agent;
  VtWorker *worker;
  VtServer server;
  VtSession *session;
  int peer;
  GString *received;
  guint changes;
  gboolean closed;
  GMutex gate;
  gint stuck; /* whether the worker runs its first job; all other jobs wait behind it */
} Fixture;

static void
on_changed (gboolean done, gpointer data)
{
  ((Fixture *) data)->changes++;
}

static void
on_closed (int errsv, gpointer data)
{
  ((Fixture *) data)->closed = TRUE;
}

static void
block_worker (gpointer data)
{
  Fixture *fixture = data;

  g_atomic_int_set (&fixture->stuck, TRUE);
  g_mutex_lock (&fixture->gate);
  g_mutex_unlock (&fixture->gate);
}

static void
ignore (gpointer data)
{
}

static void
connect_host (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  int fds[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds), ==, 0);
  fixture->peer = fds[1];
  fixture->closed = FALSE;
  g_string_truncate (fixture->received, 0);
  fixture->session = vt_session_new (&fixture->server, fds[0], FALSE, on_closed, fixture, &error);
  g_assert_no_error (error);
}

static void
disconnect_host (Fixture *fixture)
{
  close (fixture->peer);
  loop_until (fixture->closed);
  g_clear_pointer (&fixture->session, vt_session_free);
}

/* Makes an engine without tunables. */
static VtEngine *
engine_new (const Fixture *fixture)
{
  static const VtTunable *const nothing[] = { NULL };
  const VtEngineOptions options = {
    .system = &fixture->agent.system,
    .tunables = nothing,
    .state_dir = fixture->root,
  };

  return vt_engine_new (&options);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  fixture->root = g_dir_make_tmp ("virt-tune-session-XXXXXX", &error);
  g_assert_no_error (error);
  fixture->fs = vt_kernel_fs_new (fixture->root, &error);
  g_assert_no_error (error);
  fixture->agent.system.fs = fixture->fs;
  fixture->agent.engine = engine_new (fixture);
  fixture->agent.activity = vt_activity_new ();
  fixture->agent.allowed = vt_command_set_new (NULL, NULL);
  fixture->worker = vt_worker_new (NULL);
  fixture->server = (VtServer){ &fixture->agent, fixture->worker, on_changed, fixture };
  fixture->received = g_string_new (NULL);
  g_mutex_init (&fixture->gate);
  g_mutex_lock (&fixture->gate);
  g_assert_true (vt_worker_push (fixture->worker, block_worker, ignore, fixture));
  while (!g_atomic_int_get (&fixture->stuck))
    g_thread_yield ();
  connect_host (fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  if (fixture->session != NULL)
    {
      close (fixture->peer);
      vt_session_free (fixture->session);
    }
  vt_worker_free (fixture->worker);
  vt_engine_free (fixture->agent.engine);
  vt_activity_free (fixture->agent.activity);
  vt_command_set_free ((VtCommandSet *) fixture->agent.allowed);
  vt_kernel_fs_free (fixture->fs);
  g_string_free (fixture->received, TRUE);
  g_rmdir (fixture->root);
  g_free (fixture->root);
}

static void
send_text (Fixture *fixture, const char *bytes)
{
  g_assert_cmpint (write (fixture->peer, bytes, strlen (bytes)), ==, (gssize) strlen (bytes));
}

static gboolean
has_received (Fixture *fixture, const char *text)
{
  char buffer[4096];
  gssize n;

  while ((n = read (fixture->peer, buffer, sizeof buffer)) > 0)
    g_string_append_len (fixture->received, buffer, n);

  return strstr (fixture->received->str, text) != NULL;
}

static guint
count_lines (const GString *text)
{
  guint n = 0;

  for (gsize i = 0; i < text->len; i++)
    n += text->str[i] == '\n';

  return n;
}

/* The main loop answers while the worker is stuck; waiting requests are answered in order
 * afterwards. */
static void
test_stuck_worker (Fixture *fixture, gconstpointer data)
{
  send_text (fixture, READ CHANGE PING);
  loop_until (has_received (fixture, "\"id\": 3}"));
  g_assert_null (strstr (fixture->received->str, "\"id\": 2}"));
  g_assert_null (strstr (fixture->received->str, "\"id\": 1}"));
  g_mutex_unlock (&fixture->gate);
  loop_until (has_received (fixture, "\"id\": 1}"));
  g_assert_true (strstr (fixture->received->str, "\"id\": 2}")
                 < strstr (fixture->received->str, "\"id\": 1}"));
  g_assert_cmpuint (fixture->changes, ==, 1);
}

static void
test_under_way (Fixture *fixture, gconstpointer data)
{
  send_text (fixture, CHANGE PING);
  loop_until (has_received (fixture, "\"id\": 3}"));
  g_assert_true (vt_activity_has_change (fixture->agent.activity));
  g_mutex_unlock (&fixture->gate);
  loop_until (has_received (fixture, "\"id\": 1}"));
  g_assert_false (vt_activity_has_change (fixture->agent.activity));
}

/* Requests before a sync are answered before it, and requests after a sync are answered after it.
 * This holds also for faults and for requests that the main loop answers at once. */
static void
test_sync_is_a_barrier (Fixture *fixture, gconstpointer data)
{
  const char *answer;

  send_text (fixture, PING READ "{\"execute\":\"guest-sync\",\"arguments\":{\"id\":5}}" READ
                                "{\"execute\":6,\"id\":6}" PING);
  loop_until (has_received (fixture, "\"id\": 3}"));
  loop_settle ();
  has_received (fixture, "");
  g_assert_cmpuint (count_lines (fixture->received), ==, 1);
  g_mutex_unlock (&fixture->gate);
  loop_until (!has_received (fixture, "Busy") && count_lines (fixture->received) == 6);
  answer = strstr (fixture->received->str, "\"return\": 5");
  g_assert_nonnull (answer);
  g_assert_true (strstr (fixture->received->str, "\"id\": 2}") < answer);
  g_assert_nonnull (strstr (answer, "\"id\": 2}"));
  g_assert_nonnull (strstr (answer, "\"id\": 3}"));
  g_assert_nonnull (strstr (answer, "\"id\": 6}"));
}

/* A change is answered with Busy while the change of another client is under way. */
static void
test_busy (Fixture *fixture, gconstpointer data)
{
  g_autoptr (VtActivitySnapshot) now = NULL;

  g_assert_true (vt_activity_begin_change (fixture->agent.activity, "tune-apply"));
  send_text (fixture, CHANGE);
  loop_until (has_received (fixture, "\"Busy\""));
  send_text (fixture, PING);
  loop_until (has_received (fixture, "\"id\": 3}"));
  vt_activity_end_change (fixture->agent.activity, NULL);
  g_mutex_unlock (&fixture->gate);
  send_text (fixture, CHANGE);
  loop_until (has_received (fixture, "\"return\": 0"));
  now = vt_activity_snapshot (fixture->agent.activity);
  g_assert_cmpuint (now->last_change_id, ==, 2);
  g_assert_cmpuint (now->dropped, ==, 0);
}

/* A change that waits for the worker when its host disconnects is not run, and blocks no other
 * change. */
static void
test_waiting_change_of_disconnected_host (Fixture *fixture, gconstpointer data)
{
  g_autoptr (VtActivitySnapshot) now = NULL;

  send_text (fixture, CHANGE PING);
  loop_until (has_received (fixture, "\"id\": 3}"));
  disconnect_host (fixture);
  now = vt_activity_snapshot (fixture->agent.activity);
  g_assert_cmpuint (now->dropped, ==, 1);
  g_assert_null (now->change);
  connect_host (fixture);
  send_text (fixture, CHANGE);
  g_mutex_unlock (&fixture->gate);
  loop_until (has_received (fixture, "\"return\": 0"));
  g_assert_cmpuint (fixture->changes, ==, 1);
}

/* tune-status answers without the worker's part while the worker is stuck on the agent's own work.
 */
static void
test_status_while_stuck (Fixture *fixture, gconstpointer data)
{
  vt_activity_begin_work (fixture->agent.activity, "start");
  send_text (fixture, "{\"execute\":\"tune-status\",\"id\":4}" PING);
  loop_until (has_received (fixture, "\"id\": 3}"));
  g_assert_null (strstr (fixture->received->str, "\"id\": 4}"));
  loop_until (has_received (fixture, "\"id\": 4}"));
  g_assert_nonnull (strstr (fixture->received->str, "\"under-way\":{\"work\":\"start\"}"));
  g_mutex_unlock (&fixture->gate);
}

/* Requests that wait when their host disconnects are dropped; of these, the changes are counted. */
static void
test_dropped (Fixture *fixture, gconstpointer data)
{
  g_autoptr (VtActivitySnapshot) now = NULL;

  send_text (fixture, READ CHANGE READ CHANGE PING);
  loop_until (has_received (fixture, "\"id\": 3}"));
  disconnect_host (fixture);
  g_mutex_unlock (&fixture->gate);
  connect_host (fixture);
  send_text (fixture, READ);
  loop_until (has_received (fixture, "\"id\": 2}"));
  now = vt_activity_snapshot (fixture->agent.activity);
  g_assert_cmpuint (now->dropped, ==, 2);
  g_assert_cmpuint (now->last_change_id, ==, 0);
  g_assert_cmpuint (fixture->changes, ==, 0);
}

/* More requests than the session holds at once, whose host disconnects before a byte is read. */
static void
test_many_requests_of_disconnected_host (Fixture *fixture, gconstpointer data)
{
  g_autoptr (VtActivitySnapshot) now = NULL;

  for (guint i = 0; i < 40; i++)
    send_text (fixture, CHANGE READ PING);
  disconnect_host (fixture);
  now = vt_activity_snapshot (fixture->agent.activity);
  g_assert_cmpuint (now->dropped, ==, 40);
  g_assert_cmpuint (now->last_change_id, ==, 0);
  g_mutex_unlock (&fixture->gate);
}

static guint64
count_dropped (const Fixture *fixture)
{
  g_autoptr (VtActivitySnapshot) now = vt_activity_snapshot (fixture->agent.activity);

  return now->dropped;
}

/* Makes a FIFO, which hangs up like a port when a host disconnects. Returns: the agent's end */
static int
port_new (const Fixture *fixture, int *ret_host)
{
  g_autofree char *path = g_build_filename (fixture->root, "port", NULL);
  int agent;

  g_assert_cmpint (mkfifo (path, 0600), ==, 0);
  agent = open (path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  *ret_host = open (path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
  g_unlink (path);

  return agent;
}

static void
send_changes (int host, guint times)
{
  for (guint i = 0; i < times; i++)
    g_assert_cmpint (write (host, CHANGE, strlen (CHANGE)), ==, strlen (CHANGE));
}

/* Requests that were read while their host was connected, but not handled, are dropped like the
 * rest. */
static void
test_unhandled_requests_of_disconnected_host (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VtSession) session = NULL;
  int host, agent = port_new (fixture, &host);

  session = vt_session_new (&fixture->server, agent, TRUE, on_closed, fixture, &error);
  g_assert_no_error (error);
  send_changes (host, 20);
  loop_until (vt_activity_has_change (fixture->agent.activity));
  loop_settle ();
  close (host);
  loop_until (count_dropped (fixture) == 20);
  g_mutex_unlock (&fixture->gate);
}

/*
 * The requests of a disconnected host are read at once. The newest of them wait for a second,
 * because a new host may have sent them; then they are dropped, too.
 */
static void
test_requests_left_in_a_port (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VtSession) session = NULL;
  int host, agent = port_new (fixture, &host);

  send_changes (host, 500);
  close (host);

  session = vt_session_new (&fixture->server, agent, TRUE, on_closed, fixture, &error);
  g_assert_no_error (error);
  loop_until (count_dropped (fixture) == 500 - 128); /* the others wait for a second */
  loop_until (count_dropped (fixture) == 500);
  g_assert_cmpuint (fixture->changes, ==, 0);
  g_mutex_unlock (&fixture->gate);
}

/* Slow requests of disconnected hosts take no place in the queue from those of other hosts. */
static void
test_many_hosts_connect_and_disconnect (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < 100; i++)
    {
      send_text (fixture, READ PING);
      loop_until (has_received (fixture, "\"id\": 3}"));
      disconnect_host (fixture);
      connect_host (fixture);
    }
  send_text (fixture, READ);
  g_mutex_unlock (&fixture->gate);
  loop_until (has_received (fixture, "\"id\": 2}"));
  g_assert_null (strstr (fixture->received->str, "\"Busy\""));
}

static void
test_flood (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GString) all = g_string_new (NULL);

  for (guint i = 0; i < 500; i++)
    g_string_append (all, READ);
  send_text (fixture, all->str);
  loop_settle ();
  g_mutex_unlock (&fixture->gate);
  loop_until (!has_received (fixture, "Busy") && count_lines (fixture->received) == 500);
}

#define ADD(name, func) g_test_add (name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/session/stuck-worker", test_stuck_worker);
  ADD ("/session/under-way", test_under_way);
  ADD ("/session/sync-is-a-barrier", test_sync_is_a_barrier);
  ADD ("/session/busy", test_busy);
  ADD ("/session/waiting-change-of-disconnected-host", test_waiting_change_of_disconnected_host);
  ADD ("/session/status-while-stuck", test_status_while_stuck);
  ADD ("/session/dropped", test_dropped);
  ADD ("/session/many-requests-of-disconnected-host", test_many_requests_of_disconnected_host);
  ADD ("/session/requests-left-in-a-port", test_requests_left_in_a_port);
  ADD ("/session/unhandled-requests-of-disconnected-host",
       test_unhandled_requests_of_disconnected_host);
  ADD ("/session/many-hosts-connect-and-disconnect", test_many_hosts_connect_and_disconnect);
  ADD ("/session/flood", test_flood);
  return g_test_run ();
}
