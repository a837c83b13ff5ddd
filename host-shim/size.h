/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Bytes for people, in binary units, the same in every locale.
 */

#include <glib.h>

/* "128 MiB", "7.5 GiB", "12 B". (transfer full) */
char *vt_size_to_string (guint64 bytes);

/*
 * "512M", "16G", "1GiB", "134217728": a whole number and a binary unit.
 * VT_EXIT_USAGE; 0 and what is beyond 2^62 is none.
 */
gboolean
vt_size_parse (const char *text, guint64 *ret_bytes, GError **error) G_GNUC_WARN_UNUSED_RESULT;
