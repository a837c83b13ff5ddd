/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * From a libvirt domain's name, UUID or id to a transport to its agent. Where
 * virt-tune was built without libvirt it says so. It keeps no connection
 * beyond the transport's life, and forces nobody off the channel.
 */

#include <glib.h>

#include "host-shim/transport.h"

/*
 * @uri may be NULL: libvirt's own default. Everything libvirt does happens in
 * a thread of its own, so that @deadline (µs as g_get_monotonic_time()) holds
 * even where libvirtd hangs.
 * Errors: VT_EXIT_UNREACHABLE, each with what to do; VT_EXIT_TIMED_OUT;
 * VT_EXIT_USAGE without libvirt.
 */
VtTransport *vt_domain_open (const char *uri, const char *domain, gint64 deadline, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
