/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One stream of requests and replies over a descriptor: frames in, lines out,
 * and who is at the other end. It holds itself to bounds in both directions:
 * while too many requests are unanswered, or too many bytes of replies wait,
 * it does not read; but what a leaving peer has left is read to its end, and
 * whoever holds requests then drops some, see vt_channel_holds_too_much().
 * While nobody is there nothing is to be sent. It knows no command and opens nothing.
 *
 * Main context only.
 */

#include <glib.h>

typedef struct VtChannel VtChannel;

/*
 * A virtio port tells of its host in steps, and they may overtake each other:
 * a newcomer's first bytes can be there before the kernel tells of him, and a
 * departed host's last ones after it told of his leaving.
 */
typedef enum
{
  VT_PEER_PRESENT,
  VT_PEER_LEAVING,  /* a hang-up was seen: what is read now may be the departed one's, or a
                       newcomer's */
  VT_PEER_ARRIVING, /* all of the departed one's was read: what is read now is a newcomer's */
  VT_PEER_GONE,     /* for ever: nobody comes to a stream that has one peer only */
} VtPeer;

typedef struct
{
  /* Valid during the call only. */
  void (*frame) (VtChannel *channel, const char *frame, gsize len, gpointer data);
  void (*fault) (VtChannel *channel, const GError *fault, gpointer data);
  /* A peer has come, or has read enough of what waited: what waited for that may go on. */
  void (*ready) (VtChannel *channel, gpointer data);
  /* The peer has gone: what it asked for need not be answered. Waiting replies are dropped already.
   */
  void (*detached) (VtChannel *channel, gpointer data);
  /* The stream has ended, the descriptor is closed. @errsv: 0 where the peer just left. */
  void (*closed) (VtChannel *channel, int errsv, gpointer data);
} VtChannelEvents;

/*
 * Takes @fd, also where it fails.
 * @lasting: a hang-up is not the end, as with a port whose hosts come and go.
 */
VtChannel *vt_channel_new (int fd,
                           gboolean lasting,
                           const VtChannelEvents *events,
                           gpointer data,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Closes the stream; no event comes any more. */
void vt_channel_free (VtChannel *channel);

/* Queues and writes as far as the peer takes it. Dropped where nobody is there to read it. */
void vt_channel_send (VtChannel *channel, const char *bytes, gsize len);

/* A request of @bytes was taken on, and was answered or dropped: what bounds reading. */
void vt_channel_hold (VtChannel *channel, gsize bytes);
void vt_channel_release (VtChannel *channel, gsize bytes);

/*
 * Whether more is held than should be kept of what was read while a peer was leaving: that is not
 * bounded by reading less, because it must be out of the way when another one comes.
 */
gboolean vt_channel_holds_too_much (const VtChannel *channel);

VtPeer vt_channel_get_peer (const VtChannel *channel);
/* Whether the descriptor shows a hang-up at this very moment. */
gboolean vt_channel_is_hung_up (const VtChannel *channel);
/* Whether so many bytes wait that no request should be begun. */
gboolean vt_channel_is_congested (const VtChannel *channel);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtChannel, vt_channel_free)
