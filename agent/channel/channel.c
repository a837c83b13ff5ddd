/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/channel/channel.h"

#include <errno.h>
#include <malloc.h>

#include "agent/channel/endpoint.h"
#include "agent/channel/outbox.h"
#include "protocol/scanner.h"

#define INPUT_SIZE     4096          /* a virtio port gives no more than a page a read */
#define BYTES_A_TURN   (64 * 1024)   /* then others have theirs */
#define HELD_MAX       16            /* unanswered requests */
#define HELD_BYTES_MAX (256 * 1024)  /* and their size */
#define LEFT_MAX       128           /* requests of one who may have gone, kept until it is known */
#define WAITING_MAX    (1024 * 1024) /* bytes of replies not yet written */
#define LARGE          (64 * 1024)   /* a frame that leaves memory behind */
#define NEWCOMER_TIME                                                                              \
  (1 * (gint64) G_USEC_PER_SEC) /* from a newcomer's first byte to its arrival */

struct VtChannel
{
  gint refs;            /* events may free the channel under a function at work on it */
  VtEndpoint *endpoint; /* NULL: closed */
  VtScanner *scanner;
  VtOutbox outbox;
  const VtChannelEvents *events;
  gpointer data;
  gboolean lasting;
  VtPeer peer;
  gboolean ended;   /* the peer sends no more, but may read */
  gboolean in_turn; /* replies are written together at its end */
  gboolean stalled; /* input is left for later */
  gboolean trim;    /* something large passed through */
  guint held;
  gsize held_bytes;
  gint64 last_input; /* of what may be a newcomer's, before his arrival was told; 0: none */
  gsize input_head;
  gsize input_len;
  guint8 input[INPUT_SIZE];
};

static void
channel_unref (VtChannel *channel)
{
  if (--channel->refs > 0)
    return;

  vt_endpoint_free (channel->endpoint);
  vt_scanner_free (channel->scanner);
  vt_outbox_clear (&channel->outbox);
  g_free (channel);
}

static void
channel_close (VtChannel *channel, int errsv)
{
  g_clear_pointer (&channel->endpoint, vt_endpoint_free);
  vt_scanner_reset (channel->scanner);
  vt_outbox_clear (&channel->outbox);
  channel->input_len = 0;
  if (channel->events != NULL)
    channel->events->closed (channel, errsv, channel->data);
}

/* Nobody is known to be at the other end of a port. */
static gboolean
is_unattended (const VtChannel *channel)
{
  return channel->peer == VT_PEER_LEAVING || channel->peer == VT_PEER_ARRIVING;
}

/* What a departed host has left is read to its end: a newcomer's requests come behind it. */
static gboolean
is_paused (const VtChannel *channel)
{
  if (channel->peer == VT_PEER_LEAVING)
    return FALSE;

  return channel->held >= HELD_MAX || channel->held_bytes >= HELD_BYTES_MAX
         || vt_channel_is_congested (channel);
}

/* Closes what has been answered in full and sends no more. */
static void
close_if_done (VtChannel *channel)
{
  if (channel->endpoint == NULL || !channel->ended || channel->input_len > 0)
    return;
  if (channel->peer == VT_PEER_PRESENT
      && (channel->held > 0 || vt_outbox_length (&channel->outbox) > 0))
    return;

  channel_close (channel, 0);
}

static void
go_on (VtChannel *channel)
{
  if (channel->endpoint == NULL || !channel->stalled || is_paused (channel))
    return;

  channel->stalled = FALSE;
  vt_endpoint_kick (channel->endpoint, 0);
}

static void
peer_left (VtChannel *channel)
{
  if (channel->peer != VT_PEER_PRESENT)
    return;

  channel->peer = channel->lasting ? VT_PEER_LEAVING : VT_PEER_GONE;
  channel->last_input = 0;
  if (channel->input_len == 0)
    vt_scanner_reset (channel->scanner);
  vt_outbox_clear (&channel->outbox);
  channel->events->detached (channel, channel->data);
  go_on (channel);
}

/* What was read while nobody was known to be there is a newcomer's only while it is fresh. */
static void
drop_stale (VtChannel *channel)
{
  if (channel->last_input == 0 || g_get_monotonic_time () < channel->last_input + NEWCOMER_TIME)
    return;

  channel->last_input = 0;
  vt_scanner_reset (channel->scanner);
  channel->events->detached (channel, channel->data);
  go_on (channel);
}

static void
peer_came (VtChannel *channel)
{
  if (channel->peer == VT_PEER_PRESENT || channel->peer == VT_PEER_GONE)
    return;

  drop_stale (channel);
  channel->last_input = 0;
  channel->peer = VT_PEER_PRESENT;
  channel->events->ready (channel, channel->data);
  go_on (channel);
}

/* Writes until the peer takes no more; the edge of its taking more calls again. */
static void
write_waiting (VtChannel *channel)
{
  while (channel->endpoint != NULL && vt_outbox_length (&channel->outbox) > 0)
    {
      gsize len;
      const char *bytes = vt_outbox_peek (&channel->outbox, &len);
      gssize n = vt_endpoint_write (channel->endpoint, bytes, len);

      if (n == -EAGAIN || n == 0)
        return;
      if (n < 0)
        {
          channel_close (channel, (int) -n);
          return;
        }
      vt_outbox_take (&channel->outbox, (gsize) n);
    }
}

/*
 * A port's host is seen to come by room alone, and what waits is written when there is some. Else
 * it would be no news: each write that the host has taken would wake us.
 */
static void
watch_room (VtChannel *channel)
{
  vt_endpoint_want_room (channel->endpoint, channel->peer != VT_PEER_PRESENT
                                                || vt_outbox_length (&channel->outbox) > 0);
}

static void
flush (VtChannel *channel)
{
  gboolean congested = vt_channel_is_congested (channel);

  write_waiting (channel);
  if (channel->endpoint == NULL)
    return;

  if (channel->trim && vt_outbox_length (&channel->outbox) == 0)
    {
      channel->trim = FALSE;
      malloc_trim (0);
    }
  if (congested && !vt_channel_is_congested (channel))
    channel->events->ready (channel, channel->data);
  if (channel->endpoint == NULL)
    return;

  watch_room (channel);
  go_on (channel);
  close_if_done (channel);
}

static void
hand_on (VtChannel *channel, VtScanResult result, const GError *fault)
{
  const char *frame;
  gsize len;

  if (result == VT_SCAN_FAULT)
    {
      channel->events->fault (channel, fault, channel->data);
      return;
    }

  frame = vt_scanner_get_frame (channel->scanner, &len);
  channel->trim |= len >= LARGE;
  channel->events->frame (channel, frame, len, channel->data);
}

/* Scans the input that is here. */
static void
feed (VtChannel *channel)
{
  if (channel->input_len > 0 && is_unattended (channel))
    channel->last_input = g_get_monotonic_time ();

  while (channel->input_len > 0 && channel->endpoint != NULL && !is_paused (channel))
    {
      g_autoptr (GError) fault = NULL;
      const guint8 *input = channel->input + channel->input_head;
      VtScanResult result = vt_scanner_feed (channel->scanner, &input, &channel->input_len, &fault);

      channel->input_head = (gsize) (input - channel->input);
      if (result != VT_SCAN_MORE)
        hand_on (channel, result, fault);
    }
}

/* The end of what is there to be read: of a port without a host, or of a stream. */
static void
nothing_left (VtChannel *channel)
{
  if (!channel->lasting)
    {
      channel->ended = TRUE;
      close_if_done (channel);
      return;
    }

  /* Half a message of one who has left never gets its other half. */
  if (channel->peer == VT_PEER_LEAVING)
    {
      vt_scanner_reset (channel->scanner);
      channel->peer = VT_PEER_ARRIVING;
    }
}

/* Returns: whether there may be more. */
static gboolean
fill (VtChannel *channel, gsize *turn)
{
  gssize n = vt_endpoint_read (channel->endpoint, channel->input, sizeof channel->input);

  if (n == -EAGAIN)
    {
      peer_came (channel); /* without a host a port reads as at its end */
      return FALSE;
    }
  if (n < 0)
    {
      channel_close (channel, (int) -n);
      return FALSE;
    }
  if (n == 0)
    {
      nothing_left (channel);
      return FALSE;
    }

  /* The edge of a hang-up may yet come; what is read behind it may be a newcomer's. */
  if (channel->lasting && vt_endpoint_is_hung_up (channel->endpoint))
    peer_left (channel);
  channel->input_head = 0;
  channel->input_len = (gsize) n;
  *turn += (gsize) n;

  return TRUE;
}

/* Reads until nothing is there, the channel is paused or others should have their turn. */
static void
take_turn (VtChannel *channel)
{
  gsize turn = 0;

  for (;;)
    {
      feed (channel);
      if (channel->endpoint == NULL)
        return;
      if (is_paused (channel))
        {
          channel->stalled = TRUE;
          return;
        }
      if (turn >= BYTES_A_TURN)
        {
          vt_endpoint_kick (channel->endpoint, 0);
          return;
        }
      flush (channel);
      if (channel->endpoint == NULL || channel->ended || !fill (channel, &turn))
        return;
    }
}

static void
on_event (guint32 events, gpointer data)
{
  VtChannel *channel = data;

  channel->refs++;
  drop_stale (channel);
  if ((events & EPOLLHUP) != 0)
    peer_left (channel);
  else if (events != 0)
    peer_came (channel);

  /* The edge of a write that was taken, alone: were there something to read, it would say so. */
  channel->in_turn = TRUE;
  if (channel->endpoint != NULL && (events != EPOLLOUT || channel->input_len > 0))
    take_turn (channel);
  channel->in_turn = FALSE;
  flush (channel);
  if (channel->endpoint != NULL && channel->last_input != 0)
    vt_endpoint_kick (channel->endpoint, channel->last_input + NEWCOMER_TIME);
  channel_unref (channel);
}

VtChannel *
vt_channel_new (
    int fd, gboolean lasting, const VtChannelEvents *events, gpointer data, GError **error)
{
  VtChannel *channel = g_new0 (VtChannel, 1);

  channel->refs = 1;
  channel->lasting = lasting;
  channel->scanner = vt_scanner_new (&vt_scanner_request_limits);
  channel->endpoint = vt_endpoint_new (fd, on_event, channel, error);
  channel->events = events;
  channel->data = data;
  if (channel->endpoint == NULL)
    g_clear_pointer (&channel, channel_unref);

  return channel;
}

void
vt_channel_free (VtChannel *channel)
{
  if (channel == NULL)
    return;

  channel->events = NULL;
  if (channel->endpoint != NULL)
    channel_close (channel, 0);
  channel_unref (channel);
}

void
vt_channel_send (VtChannel *channel, const char *bytes, gsize len)
{
  if (channel->endpoint == NULL || channel->peer == VT_PEER_GONE)
    return;
  if (!vt_outbox_put (&channel->outbox, bytes, len))
    g_warning ("a reply of %" G_GSIZE_FORMAT " bytes was dropped: too many wait to be read", len);
  channel->trim |= len >= LARGE;
  if (!channel->in_turn)
    flush (channel);
}

void
vt_channel_hold (VtChannel *channel, gsize bytes)
{
  channel->held++;
  channel->held_bytes += bytes;
}

void
vt_channel_release (VtChannel *channel, gsize bytes)
{
  g_return_if_fail (channel->held > 0 && channel->held_bytes >= bytes);

  channel->held--;
  channel->held_bytes -= bytes;
  channel->trim |= bytes >= LARGE;
  go_on (channel);
  if (!channel->in_turn)
    close_if_done (channel);
}

VtPeer
vt_channel_get_peer (const VtChannel *channel)
{
  return channel->peer;
}

gboolean
vt_channel_is_hung_up (const VtChannel *channel)
{
  return channel->endpoint == NULL || vt_endpoint_is_hung_up (channel->endpoint);
}

gboolean
vt_channel_holds_too_much (const VtChannel *channel)
{
  return channel->held > LEFT_MAX || channel->held_bytes > HELD_BYTES_MAX;
}

gboolean
vt_channel_is_congested (const VtChannel *channel)
{
  return vt_outbox_length (&channel->outbox) >= WAITING_MAX;
}
