/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/channel/channel.h"

#include <errno.h>
#include <malloc.h>

#include "agent/channel/endpoint.h"
#include "agent/channel/inbox.h"
#include "agent/channel/outbox.h"

#define TURN_BYTES_MAX (64 * 1024)   /* read in one dispatch, before the loop's other sources */
#define OPEN_MAX       16            /* unanswered requests, before reading stops */
#define OPEN_BYTES_MAX (256 * 1024)  /* of unanswered requests, before reading stops */
#define KEPT_MAX       128           /* unanswered requests while the peer is leaving */
#define OUTPUT_MAX     (1024 * 1024) /* bytes of unwritten replies, before reading stops */
#define LARGE_FRAME    (64 * 1024)   /* bytes; memory is trimmed after such a frame */

struct VtChannel
{
  gint refs;            /* a callback may free the channel while one of its functions runs */
  VtEndpoint *endpoint; /* NULL: closed */
  VtInbox inbox;
  VtOutbox outbox;
  const VtChannelEvents *events;
  gpointer data;
  VtPeer peer;
  gboolean input_ended;   /* the peer sends no more, but may still read */
  gboolean in_turn;       /* replies are collected and written at the end of the turn */
  gboolean input_delayed; /* reading stopped at a limit; input may be left */
  gboolean needs_trim;    /* a large frame was handled */
  guint n_open;           /* unanswered requests */
  gsize open_bytes;       /* their size */
};

static void
channel_unref (VtChannel *channel)
{
  if (--channel->refs > 0)
    return;

  vt_endpoint_free (channel->endpoint);
  vt_inbox_clear (&channel->inbox);
  vt_outbox_clear (&channel->outbox);
  g_free (channel);
}

static void
channel_close (VtChannel *channel, int errsv)
{
  g_clear_pointer (&channel->endpoint, vt_endpoint_free);
  vt_inbox_drop_all (&channel->inbox);
  vt_outbox_clear (&channel->outbox);
  if (channel->events != NULL)
    channel->events->closed (channel, errsv, channel->data);
}

/* The input of a host that has left is read to its end, because a new host's requests follow it. */
static gboolean
is_at_limit (const VtChannel *channel)
{
  if (channel->peer.state == VT_PEER_LEAVING)
    return FALSE;

  return channel->n_open >= OPEN_MAX || channel->open_bytes >= OPEN_BYTES_MAX
         || vt_channel_is_congested (channel);
}

/* Closes the stream when its peer sends no more and has got all replies. */
static void
close_if_done (VtChannel *channel)
{
  if (channel->endpoint == NULL || !channel->input_ended || !vt_inbox_is_empty (&channel->inbox))
    return;
  if (channel->peer.state == VT_PEER_PRESENT
      && (channel->n_open > 0 || vt_outbox_length (&channel->outbox) > 0))
    return;

  channel_close (channel, 0);
}

static void
resume_reading (VtChannel *channel)
{
  if (channel->endpoint == NULL || !channel->input_delayed || is_at_limit (channel))
    return;

  channel->input_delayed = FALSE;
  vt_endpoint_schedule (channel->endpoint, 0);
}

/* @drop_partial: the rest of a request that was scanned in part can't arrive any more. */
static void
handle_hang_up (VtChannel *channel, gboolean drop_partial)
{
  if (!vt_peer_hang_up (&channel->peer))
    return;

  if (drop_partial)
    vt_inbox_drop_partial (&channel->inbox);
  vt_outbox_clear (&channel->outbox);
  channel->events->peer_left (channel, channel->data);
  resume_reading (channel);
}

/* Drops requests that were read while no host was known, if they are too old for a new host. */
static void
drop_expired_input (VtChannel *channel)
{
  if (!vt_peer_expire_input (&channel->peer))
    return;

  vt_inbox_drop_partial (&channel->inbox);
  channel->events->peer_left (channel, channel->data);
  resume_reading (channel);
}

static void
handle_arrival (VtChannel *channel)
{
  if (!vt_peer_is_unknown (&channel->peer))
    return;

  drop_expired_input (channel);
  vt_peer_arrive (&channel->peer);
  channel->events->ready (channel, channel->data);
  resume_reading (channel);
}

/*
 * The event "writable" is needed to write the outbox, and to notice a port's
 * new host, which only makes the port writable. At other times each write that
 * the host has read would wake the loop for nothing.
 */
static void
watch_writable (VtChannel *channel)
{
  vt_endpoint_watch_writable (channel->endpoint, channel->peer.state != VT_PEER_PRESENT
                                                     || vt_outbox_length (&channel->outbox) > 0);
}

static void
flush (VtChannel *channel)
{
  gboolean was_congested = vt_channel_is_congested (channel);
  int error;

  if (channel->endpoint == NULL)
    return;
  error = vt_outbox_write (&channel->outbox, channel->endpoint);
  if (error < 0)
    {
      channel_close (channel, -error);
      return;
    }

  if (channel->needs_trim && vt_outbox_length (&channel->outbox) == 0)
    {
      channel->needs_trim = FALSE;
      malloc_trim (0);
    }
  if (was_congested && !vt_channel_is_congested (channel))
    channel->events->ready (channel, channel->data);
  if (channel->endpoint == NULL)
    return;

  if (!channel->in_turn) /* else at the end of the turn, behind its replies */
    watch_writable (channel);
  resume_reading (channel);
  close_if_done (channel);
}

static void
scan_next (VtChannel *channel)
{
  g_autoptr (GError) fault = NULL;
  const char *frame = NULL;
  gsize len = 0;
  VtScanResult result;

  result = vt_inbox_next (&channel->inbox, &frame, &len, &fault);
  if (result == VT_SCAN_FAULT)
    channel->events->fault (channel, fault, channel->data);
  if (result != VT_SCAN_FRAME)
    return;

  channel->needs_trim |= len >= LARGE_FRAME;
  channel->events->frame (channel, frame, len, channel->data);
}

/* Scans the bytes in the inbox. */
static void
scan_inbox (VtChannel *channel)
{
  if (!vt_inbox_is_empty (&channel->inbox) && vt_peer_is_unknown (&channel->peer))
    vt_peer_record_input (&channel->peer);

  while (!vt_inbox_is_empty (&channel->inbox) && channel->endpoint != NULL
         && !is_at_limit (channel))
    scan_next (channel);
}

/* Reading returned 0: a stream has ended, or a port has no host and no input. */
static void
handle_end_of_input (VtChannel *channel)
{
  if (!channel->peer.is_persistent)
    {
      channel->input_ended = TRUE;
      close_if_done (channel);
      return;
    }

  /* The rest of a request that a host has sent in part can't arrive any more. */
  if (vt_peer_end_input (&channel->peer))
    vt_inbox_drop_partial (&channel->inbox);
}

/* Reads once. Returns: whether there may be more to read. */
static gboolean
fill_inbox (VtChannel *channel, gsize *turn_bytes)
{
  gssize n = vt_inbox_read (&channel->inbox, channel->endpoint);

  if (n == -EAGAIN)
    {
      handle_arrival (channel); /* reading from a port without a host returns 0 */
      return FALSE;
    }
  if (n < 0)
    {
      channel_close (channel, (int) -n);
      return FALSE;
    }
  if (n == 0)
    {
      handle_end_of_input (channel);
      return FALSE;
    }

  /* The event of a hang-up may not have arrived yet. Input that is read after the hang-up may
   * belong to a new host. */
  if (channel->peer.is_persistent && vt_endpoint_is_hung_up (channel->endpoint))
    handle_hang_up (channel, TRUE);
  *turn_bytes += (gsize) n;

  return TRUE;
}

/* Reads until there is no more input, a limit is reached, or TURN_BYTES_MAX bytes were read. */
static void
take_turn (VtChannel *channel)
{
  gsize turn_bytes = 0;

  for (;;)
    {
      scan_inbox (channel);
      if (channel->endpoint == NULL)
        return;
      if (is_at_limit (channel))
        {
          channel->input_delayed = TRUE;
          return;
        }
      if (turn_bytes >= TURN_BYTES_MAX)
        {
          vt_endpoint_schedule (channel->endpoint, 0);
          return;
        }
      flush (channel);
      if (channel->endpoint == NULL || channel->input_ended || !fill_inbox (channel, &turn_bytes))
        return;
    }
}

static void
on_event (guint32 events, gpointer data)
{
  VtChannel *channel = data;

  channel->refs++;
  drop_expired_input (channel);
  if ((events & EPOLLHUP) != 0)
    handle_hang_up (channel, vt_inbox_is_empty (&channel->inbox));
  else if (events != 0)
    handle_arrival (channel);

  /* If "writable" is the only event, there is nothing new to read. */
  channel->in_turn = TRUE;
  if (channel->endpoint != NULL && (events != EPOLLOUT || !vt_inbox_is_empty (&channel->inbox)))
    take_turn (channel);
  channel->in_turn = FALSE;
  flush (channel);
  if (channel->endpoint != NULL && vt_peer_get_input_expiry (&channel->peer) != 0)
    vt_endpoint_schedule (channel->endpoint, vt_peer_get_input_expiry (&channel->peer));
  channel_unref (channel);
}

VtChannel *
vt_channel_new (
    int fd, gboolean persistent, const VtChannelEvents *events, gpointer data, GError **error)
{
  VtChannel *channel = g_new0 (VtChannel, 1);

  channel->refs = 1;
  channel->peer.is_persistent = persistent;
  vt_inbox_init (&channel->inbox);
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
  if (channel->endpoint == NULL || channel->peer.state == VT_PEER_GONE)
    return;
  if (!vt_outbox_append (&channel->outbox, bytes, len))
    g_warning ("a reply of %" G_GSIZE_FORMAT " bytes was dropped: too many wait to be read", len);
  channel->needs_trim |= len >= LARGE_FRAME;
  if (!channel->in_turn)
    flush (channel);
}

void
vt_channel_add_request (VtChannel *channel, gsize bytes)
{
  channel->n_open++;
  channel->open_bytes += bytes;
}

void
vt_channel_finish_request (VtChannel *channel, gsize bytes)
{
  g_return_if_fail (channel->n_open > 0 && channel->open_bytes >= bytes);

  channel->n_open--;
  channel->open_bytes -= bytes;
  channel->needs_trim |= bytes >= LARGE_FRAME;
  resume_reading (channel);
  if (!channel->in_turn)
    close_if_done (channel);
}

VtPeerState
vt_channel_get_peer_state (const VtChannel *channel)
{
  return channel->peer.state;
}

gboolean
vt_channel_is_hung_up (const VtChannel *channel)
{
  return channel->endpoint == NULL || vt_endpoint_is_hung_up (channel->endpoint);
}

gboolean
vt_channel_has_too_many_requests (const VtChannel *channel)
{
  return channel->n_open > KEPT_MAX || channel->open_bytes > OPEN_BYTES_MAX;
}

gboolean
vt_channel_is_congested (const VtChannel *channel)
{
  return vt_outbox_length (&channel->outbox) >= OUTPUT_MAX;
}
