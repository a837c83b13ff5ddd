/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/channel/channel.h"
#include "agent/channel/outbox.h"
#include "loop.h"

typedef struct
{
  VtChannel *channel;
  int peer;
  GPtrArray *frames;
  GArray *peers; /* of VtPeerState: the state when each frame arrived */
  guint faults, ready, peer_left;
  gboolean closed;
  int errsv;
  gboolean keeps_open; /* requests stay unanswered */
} Fixture;

static void
on_frame (VtChannel *channel, const char *frame, gsize len, gpointer data)
{
  Fixture *fixture = data;
  VtPeerState peer = vt_channel_get_peer_state (channel);

  g_ptr_array_add (fixture->frames, g_strndup (frame, len));
  g_array_append_val (fixture->peers, peer);
  if (fixture->keeps_open)
    vt_channel_add_request (channel, len);
}

static void
on_fault (VtChannel *channel, const GError *fault, gpointer data)
{
  ((Fixture *) data)->faults++;
}

static void
on_ready (VtChannel *channel, gpointer data)
{
  ((Fixture *) data)->ready++;
}

static void
on_peer_left (VtChannel *channel, gpointer data)
{
  ((Fixture *) data)->peer_left++;
}

static void
on_closed (VtChannel *channel, int errsv, gpointer data)
{
  Fixture *fixture = data;

  g_assert_false (fixture->closed);
  fixture->closed = TRUE;
  fixture->errsv = errsv;
}

static const VtChannelEvents events = {
  .frame = on_frame,
  .fault = on_fault,
  .ready = on_ready,
  .peer_left = on_peer_left,
  .closed = on_closed,
};

static void
set_up_on (Fixture *fixture, int fd, gboolean persistent)
{
  g_autoptr (GError) error = NULL;

  fixture->frames = g_ptr_array_new_with_free_func (g_free);
  fixture->peers = g_array_new (FALSE, FALSE, sizeof (VtPeerState));
  fixture->channel = vt_channel_new (fd, persistent, &events, fixture, &error);
  g_assert_no_error (error);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  int fds[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds), ==, 0);
  fixture->peer = fds[1];
  set_up_on (fixture, fds[0], FALSE);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  vt_channel_free (fixture->channel);
  if (fixture->peer >= 0)
    close (fixture->peer);
  g_ptr_array_unref (fixture->frames);
  g_array_unref (fixture->peers);
  loop_settle ();
}

static void
say_to (int fd, const char *bytes)
{
  g_assert_cmpint (write (fd, bytes, strlen (bytes)), ==, (gssize) strlen (bytes));
}

static void
hang_up (Fixture *fixture)
{
  close (fixture->peer);
  fixture->peer = -1;
}

static const char *
frame (const Fixture *fixture, guint index)
{
  g_assert_cmpuint (index, <, fixture->frames->len);

  return g_ptr_array_index (fixture->frames, index);
}

/* Reads all that the peer can read now. Returns: the number of bytes. */
static gsize
drain (Fixture *fixture)
{
  char buffer[65536];
  gsize total = 0;
  gssize n;

  while ((n = read (fixture->peer, buffer, sizeof buffer)) > 0)
    total += (gsize) n;

  return total;
}

static void
test_frames (Fixture *fixture, gconstpointer data)
{
  say_to (fixture->peer, "{\"a\":1}{\"b\":");
  loop_until (fixture->frames->len == 1);
  loop_settle ();
  say_to (fixture->peer, "2}\n\xff");
  loop_until (fixture->frames->len == 2);
  g_assert_cmpstr (frame (fixture, 0), ==, "{\"a\":1}");
  g_assert_cmpstr (frame (fixture, 1), ==, "{\"b\":2}");
  say_to (fixture->peer, "}}}\n{}");
  loop_until (fixture->frames->len == 3);
  g_assert_cmpuint (fixture->faults, ==, 1);
  g_assert_cmpuint (fixture->peer_left, ==, 0);
}

/* An idle channel causes no wake-up, also after half a request. */
static void
test_idle (Fixture *fixture, gconstpointer data)
{
  say_to (fixture->peer, "{\"a\":1}{\"b\":");
  loop_until (fixture->frames->len == 1);
  loop_settle ();
  for (guint i = 0; i < 3; i++)
    g_assert_false (g_main_context_pending (NULL));
}

static void
test_send (Fixture *fixture, gconstpointer data)
{
  char buffer[16] = { 0 };

  vt_channel_send (fixture->channel, "one\n", 4);
  vt_channel_send (fixture->channel, "two\n", 4);
  loop_settle ();
  g_assert_cmpint (read (fixture->peer, buffer, sizeof buffer), ==, 8);
  g_assert_cmpstr (buffer, ==, "one\ntwo\n");
  g_assert_false (g_main_context_pending (NULL)); /* the peer's read causes no event */
}

/* If the peer does not read, the channel stops reading, so unwritten replies are bounded. */
static void
test_slow_reader (Fixture *fixture, gconstpointer data)
{
  g_autofree char *large = g_strnfill (1024 * 1024, 'x');
  gsize sent = 0, read = 0;
  guint before;

  while (!vt_channel_is_congested (fixture->channel))
    {
      vt_channel_send (fixture->channel, large, 1024 * 1024);
      sent += 1024 * 1024;
      g_assert_cmpuint (sent, <, 64 * 1024 * 1024);
    }
  say_to (fixture->peer, "{}");
  loop_settle ();
  g_assert_cmpuint (fixture->frames->len, ==, 0);
  g_assert_false (g_main_context_pending (NULL));

  before = fixture->ready;
  while (read < sent)
    {
      read += drain (fixture);
      loop_settle ();
    }
  g_assert_cmpuint (read, ==, sent);
  loop_until (fixture->frames->len == 1);
  g_assert_cmpuint (fixture->ready, ==, before + 1);
}

/* The channel stops reading at the limit of unanswered requests, until some are answered. */
static void
test_limit_of_unanswered_requests (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GString) all = g_string_new (NULL);
  guint taken;

  fixture->keeps_open = TRUE;
  for (guint i = 0; i < 1000; i++)
    g_string_append (all, "{}");
  say_to (fixture->peer, all->str);
  loop_until (fixture->frames->len > 0);
  loop_settle ();
  taken = fixture->frames->len;
  g_assert_cmpuint (taken, <=, 16);
  for (guint i = 0; i < 1000; i++)
    {
      vt_channel_finish_request (fixture->channel, 2);
      loop_settle ();
    }
  g_assert_cmpuint (fixture->frames->len, ==, 1000);
}

/* A peer that has closed its sending side still gets all replies. Then the channel closes. */
static void
test_half_close (Fixture *fixture, gconstpointer data)
{
  fixture->keeps_open = TRUE;
  say_to (fixture->peer, "{}");
  shutdown (fixture->peer, SHUT_WR);
  loop_until (fixture->frames->len == 1);
  loop_settle ();
  g_assert_false (fixture->closed);
  vt_channel_send (fixture->channel, "answer\n", 7);
  g_assert_false (fixture->closed);
  vt_channel_finish_request (fixture->channel, 2);
  loop_until (fixture->closed);
  g_assert_cmpuint (drain (fixture), ==, 7);
  g_assert_cmpint (fixture->errsv, ==, 0);
}

static void
test_hang_up (Fixture *fixture, gconstpointer data)
{
  fixture->keeps_open = TRUE;
  say_to (fixture->peer, "{}");
  loop_until (fixture->frames->len == 1);
  say_to (fixture->peer, "{\"x\":1}{\"y");
  hang_up (fixture);
  loop_until (fixture->closed);
  g_assert_cmpuint (fixture->peer_left, ==, 1);
  g_assert_cmpuint (fixture->frames->len, ==, 2);
  g_assert_cmpint (g_array_index (fixture->peers, VtPeerState, 0), ==, VT_PEER_PRESENT);
  g_assert_cmpint (g_array_index (fixture->peers, VtPeerState, 1), ==, VT_PEER_GONE);
  vt_channel_send (fixture->channel, "late\n", 5);
  vt_channel_finish_request (fixture->channel, 2);
}

/*
 * Like a virtio port, the reading end of a FIFO hangs up when its last writer
 * closes it, and is connected again when another writer opens it.
 */
typedef struct
{
  Fixture base;
  char *folder, *path;
} FifoFixture;

static int
come (FifoFixture *fifo)
{
  int fd = open (fifo->path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);

  g_assert_cmpint (fd, >=, 0);

  return fd;
}

static void
fifo_set_up (FifoFixture *fifo, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  int fd;

  fifo->folder = g_dir_make_tmp ("virt-tune-channel-XXXXXX", &error);
  g_assert_no_error (error);
  fifo->path = g_build_filename (fifo->folder, "fifo", NULL);
  g_assert_cmpint (mkfifo (fifo->path, 0600), ==, 0);
  fd = open (fifo->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  g_assert_cmpint (fd, >=, 0);
  fifo->base.peer = -1;
  set_up_on (&fifo->base, fd, TRUE);
}

static void
fifo_tear_down (FifoFixture *fifo, gconstpointer data)
{
  tear_down (&fifo->base, NULL);
  g_unlink (fifo->path);
  g_rmdir (fifo->folder);
  g_free (fifo->path);
  g_free (fifo->folder);
}

static void
test_hosts_connect_and_disconnect (FifoFixture *fifo, gconstpointer data)
{
  Fixture *fixture = &fifo->base;

  for (guint i = 0; i < 5; i++)
    {
      int host = come (fifo);

      say_to (host, "{}{\"half");
      loop_until (fixture->frames->len == i + 1);
      loop_settle ();
      g_assert_cmpint (vt_channel_get_peer_state (fixture->channel), ==, VT_PEER_PRESENT);
      g_assert_false (vt_channel_is_hung_up (fixture->channel));
      close (host);
      loop_until (fixture->peer_left == i + 1);
      loop_settle ();
      g_assert_true (vt_channel_is_hung_up (fixture->channel));
      g_assert_cmpint (vt_channel_get_peer_state (fixture->channel), ==, VT_PEER_ARRIVING);
      g_assert_false (g_main_context_pending (NULL)); /* a hang-up causes no further wake-up */
      g_assert_false (fixture->closed);
    }
  g_assert_cmpuint (fixture->faults, ==, 0);
}

/* A host sends a request and disconnects before the channel reads it. */
static void
test_request_of_disconnected_host (FifoFixture *fifo, gconstpointer data)
{
  Fixture *fixture = &fifo->base;
  int host = come (fifo);

  loop_settle ();
  say_to (host, "{}{\"half");
  close (host);
  loop_until (fixture->peer_left == 1);
  loop_settle ();
  g_assert_cmpuint (fixture->frames->len, ==, 1);
  g_assert_cmpint (g_array_index (fixture->peers, VtPeerState, 0), ==, VT_PEER_LEAVING);

  host = come (fifo);
  say_to (host, "{\"whole\":1}");
  loop_until (fixture->frames->len == 2);
  g_assert_cmpstr (frame (fixture, 1), ==, "{\"whole\":1}");
  g_assert_cmpint (g_array_index (fixture->peers, VtPeerState, 1), ==, VT_PEER_PRESENT);
  g_assert_cmpuint (fixture->faults, ==, 0);
  close (host);
}

/* No new host connects: the request is dropped after a time limit, and the channel is idle again.
 */
static void
test_request_without_next_host (FifoFixture *fifo, gconstpointer data)
{
  Fixture *fixture = &fifo->base;
  int host = come (fifo);

  loop_settle ();
  say_to (host, "{}{\"half");
  close (host);
  loop_until (fixture->peer_left == 2);
  loop_settle ();
  g_assert_cmpint (vt_channel_get_peer_state (fixture->channel), ==, VT_PEER_ARRIVING);
  g_assert_false (g_main_context_pending (NULL));
  g_assert_cmpuint (fixture->frames->len, ==, 1);
}

static void
test_outbox (void)
{
  VtOutbox outbox = { 0 };
  g_autofree char *large = g_strnfill (VT_OUTBOX_MAX, 'x');
  gsize len;

  g_assert_true (vt_outbox_append (&outbox, "abc", 3));
  vt_outbox_remove (&outbox, 1);
  g_assert_true (vt_outbox_append (&outbox, "def", 3));
  g_assert_cmpmem (vt_outbox_peek (&outbox, &len), vt_outbox_length (&outbox), "bcdef", 5);
  g_assert_cmpuint (len, ==, 5);
  g_assert_false (vt_outbox_append (&outbox, large, VT_OUTBOX_MAX));
  g_assert_cmpuint (vt_outbox_length (&outbox), ==, 5);
  g_assert_true (vt_outbox_append (&outbox, large, VT_OUTBOX_MAX - 5));
  vt_outbox_remove (&outbox, VT_OUTBOX_MAX);
  g_assert_cmpuint (outbox.size, ==, 0);
  vt_outbox_clear (&outbox);
}

#define ADD(name, func)      g_test_add (name, Fixture, NULL, set_up, func, tear_down)
#define ADD_FIFO(name, func) g_test_add (name, FifoFixture, NULL, fifo_set_up, func, fifo_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/channel/frames", test_frames);
  ADD ("/channel/idle", test_idle);
  ADD ("/channel/send", test_send);
  ADD ("/channel/slow-reader", test_slow_reader);
  ADD ("/channel/limit-of-unanswered-requests", test_limit_of_unanswered_requests);
  ADD ("/channel/half-close", test_half_close);
  ADD ("/channel/hang-up", test_hang_up);
  ADD_FIFO ("/channel/persistent/hosts-connect-and-disconnect", test_hosts_connect_and_disconnect);
  ADD_FIFO ("/channel/persistent/request-of-disconnected-host", test_request_of_disconnected_host);
  ADD_FIFO ("/channel/persistent/request-without-next-host", test_request_without_next_host);
  g_test_add_func ("/channel/outbox", test_outbox);
  return g_test_run ();
}
