/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The functions of libvirt that the shim uses, under libvirt's own names. The
 * library and the about forty libraries that it needs are loaded only when the
 * first function is called. A run with --socket or --help doesn't load them
 * and starts five times as fast.
 */

#include <glib.h>

/*
 * Loads the library. Call it before the first function of libvirt.
 * VT_EXIT_UNREACHABLE, with advice in the message: it can't be loaded.
 */
gboolean vt_libvirt_load (GError **error) G_GNUC_WARN_UNUSED_RESULT;
