/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Reports the state of the daemon to the service manager, with the protocol of
 * sd_notify(3): one datagram to the socket that NOTIFY_SOCKET names. It needs
 * no library of systemd.
 */

/*
 * @state: lines such as "READY=1" or "STOPPING=1\nSTATUS=…". Does nothing
 * without NOTIFY_SOCKET. An error is only logged, at level "debug".
 */
void vt_notify (const char *state);
