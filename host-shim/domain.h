/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Opens a transport to the agent of a libvirt domain, which is given by its
 * name, UUID or id. The connection to libvirt ends with the transport. Another
 * client that uses the channel is never disconnected. If virt-tune was built
 * without libvirt, this only returns an error.
 */

#include <glib.h>

#include "host-shim/transport.h"

/*
 * @uri: NULL for libvirt's default. All calls of libvirt are made in a separate
 * thread, so @deadline (µs as g_get_monotonic_time()) is kept even if libvirtd
 * hangs.
 * Errors: VT_EXIT_UNREACHABLE, with advice in the message; VT_EXIT_TIMED_OUT;
 * VT_EXIT_USAGE if built without libvirt.
 */
VtTransport *vt_domain_open (const char *uri, const char *domain, gint64 deadline, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
