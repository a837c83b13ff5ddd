/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/channel/peer.h"

/* µs from a new host's first input to the kernel's report of the host. */
#define ARRIVAL_TIME (1 * (gint64) G_USEC_PER_SEC)

gboolean
vt_peer_is_unknown (const VtPeer *peer)
{
  return peer->state == VT_PEER_LEAVING || peer->state == VT_PEER_ARRIVING;
}

gboolean
vt_peer_hang_up (VtPeer *peer)
{
  if (peer->state != VT_PEER_PRESENT)
    return FALSE;

  peer->state = peer->is_persistent ? VT_PEER_LEAVING : VT_PEER_GONE;
  peer->last_input = 0;

  return TRUE;
}

gboolean
vt_peer_end_input (VtPeer *peer)
{
  if (peer->state != VT_PEER_LEAVING)
    return FALSE;

  peer->state = VT_PEER_ARRIVING;

  return TRUE;
}

void
vt_peer_arrive (VtPeer *peer)
{
  peer->last_input = 0;
  peer->state = VT_PEER_PRESENT;
}

void
vt_peer_record_input (VtPeer *peer)
{
  peer->last_input = g_get_monotonic_time ();
}

gint64
vt_peer_get_input_expiry (const VtPeer *peer)
{
  return peer->last_input == 0 ? 0 : peer->last_input + ARRIVAL_TIME;
}

gboolean
vt_peer_expire_input (VtPeer *peer)
{
  if (peer->last_input == 0 || g_get_monotonic_time () < vt_peer_get_input_expiry (peer))
    return FALSE;

  peer->last_input = 0;

  return TRUE;
}
