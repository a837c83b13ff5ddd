/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Whether a host is at the other end of a channel, as a state machine. It does
 * no I/O: the channel tells it what it saw, and reacts to the new state.
 *
 * A virtio port reports its host in several steps, and they may arrive out of
 * order. A new host's first bytes can arrive before the kernel reports the
 * host. The last bytes of a host that has left can arrive after the kernel
 * reported the hang-up. So input without a known host is kept for a short
 * time, until the kernel reports the host that it belongs to.
 */

#include <glib.h>

typedef enum
{
  VT_PEER_PRESENT,
  VT_PEER_LEAVING,  /* hung up; input may belong to the host that left, or to a new one */
  VT_PEER_ARRIVING, /* hung up, and the input of the host that left was read to its end; new input
                       belongs to a new host */
  VT_PEER_GONE,     /* for ever: the stream has one peer only */
} VtPeerState;

typedef struct
{
  VtPeerState state;
  gboolean is_persistent; /* a port: hosts come and go */
  gint64 last_input; /* last input without a known host; µs as g_get_monotonic_time(); 0: none */
} VtPeer;

/* Whether input can't be attributed to a host yet: the state is LEAVING or ARRIVING. */
gboolean vt_peer_is_unknown (const VtPeer *peer);

/* The descriptor hung up. Returns: whether a present peer has left. */
gboolean vt_peer_hang_up (VtPeer *peer);
/* All input was read. Returns: whether the input of a host that left has ended. */
gboolean vt_peer_end_input (VtPeer *peer);
/* A host was reported while none was known. */
void vt_peer_arrive (VtPeer *peer);

/* Input was read while no host was known. */
void vt_peer_record_input (VtPeer *peer);
/* Returns: when the recorded input expires; µs as g_get_monotonic_time(); 0: there is none */
gint64 vt_peer_get_input_expiry (const VtPeer *peer);
/* Forgets the recorded input if it is too old to belong to a host that arrives now. Returns:
 * whether it did. */
gboolean vt_peer_expire_input (VtPeer *peer);
