/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Converts numbers of bytes to and from text with binary units. The text does
 * not depend on the locale.
 */

#include <glib.h>

/* "128 MiB", "7.5 GiB", "12 B". (transfer full) */
char *vt_size_to_string (guint64 bytes);

/*
 * Parses a whole number with a binary unit: "512M", "16G", "1GiB", "134217728".
 * VT_EXIT_USAGE: @text is no such size, is 0, or is 2^62 or more.
 */
gboolean
vt_size_parse (const char *text, guint64 *ret_bytes, GError **error) G_GNUC_WARN_UNUSED_RESULT;
