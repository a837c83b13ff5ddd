/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * libvirt's functions as the shim uses them, by the names that they have
 * there. The library and the forty that it brings along are loaded when the
 * first is called: a run by --socket, or one that only prints help, does
 * without, and starts in a fifth of the time.
 */

#include <glib.h>

/*
 * Once before the first of them, or all of them fail without a reason.
 * VT_EXIT_UNREACHABLE, with what to do, where the library can't be loaded.
 */
gboolean vt_libvirt_load (GError **error) G_GNUC_WARN_UNUSED_RESULT;
