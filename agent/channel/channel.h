/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One stream of requests and replies over a descriptor. It splits input into
 * frames, writes output, and tracks whether a host is at the other end. Both
 * directions are bounded: it stops reading while too many requests are
 * unanswered or too many bytes of replies are unwritten. Only the input of a
 * host that is leaving is always read to its end; the owner then drops
 * requests, see vt_channel_has_too_many_requests(). The owner must not send
 * while no host is present. The channel knows no command and opens nothing.
 *
 * Main context only.
 */

#include <glib.h>

#include "agent/channel/peer.h"

typedef struct VtChannel VtChannel;

/* Callbacks to the owner. They may free the channel. */
typedef struct
{
  /* A complete request. @frame is valid during the call only. */
  void (*frame) (VtChannel *channel, const char *frame, gsize len, gpointer data);
  /* Input that is no request. */
  void (*fault) (VtChannel *channel, const GError *fault, gpointer data);
  /* The next reply may be sent: a peer has arrived, or the channel is no longer congested. */
  void (*ready) (VtChannel *channel, gpointer data);
  /* The peer has left, and its requests need no answer. The channel has dropped unwritten replies.
   */
  void (*peer_left) (VtChannel *channel, gpointer data);
  /* The stream has ended and the descriptor is closed. @errsv: an errno; 0: the peer closed it. */
  void (*closed) (VtChannel *channel, int errsv, gpointer data);
} VtChannelEvents;

/*
 * @fd: (transfer full), also on failure; non-blocking.
 * @persistent: a hang-up does not end the stream, as with a port whose hosts come and go.
 * NULL: VT_ERROR_GENERIC if the descriptor can't be watched.
 */
VtChannel *vt_channel_new (int fd,
                           gboolean persistent,
                           const VtChannelEvents *events,
                           gpointer data,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Closes the stream without a callback. */
void vt_channel_free (VtChannel *channel);

/* Queues @bytes and writes as much as the peer accepts. The bytes are dropped if the peer is gone
 * for ever, or if the queue is full. */
void vt_channel_send (VtChannel *channel, const char *bytes, gsize len);

/* Counts a request of @bytes as unanswered, and as answered or dropped. Unanswered requests bound
 * the reading. */
void vt_channel_add_request (VtChannel *channel, gsize bytes);
void vt_channel_finish_request (VtChannel *channel, gsize bytes);

/*
 * Whether more requests are unanswered than may be kept. This happens only
 * while a peer is leaving: then reading does not stop, because a new peer's
 * requests follow. The owner drops the oldest requests.
 */
gboolean vt_channel_has_too_many_requests (const VtChannel *channel);

VtPeerState vt_channel_get_peer_state (const VtChannel *channel);
/* Whether the descriptor shows a hang-up now. */
gboolean vt_channel_is_hung_up (const VtChannel *channel);
/* Whether too many bytes of replies are unwritten to begin another request. */
gboolean vt_channel_is_congested (const VtChannel *channel);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtChannel, vt_channel_free)
