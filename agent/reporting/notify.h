/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Tells the service manager how far the daemon is, by the protocol that
 * sd_notify(3) describes: one datagram to the socket in NOTIFY_SOCKET. It
 * needs no library of systemd's and is silent where nobody listens.
 */

/*
 * @state: lines such as "READY=1" or "STOPPING=1\nSTATUS=…". Nobody to hear
 * it is no failure, so there is none.
 */
void vt_notify (const char *state);
