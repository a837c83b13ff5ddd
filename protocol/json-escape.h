/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Decodes an escape in a JSON string (RFC 8259, section 7). It checks nothing:
 * only for callers whose text the scanner has already checked.
 */

#include <glib.h>

#define VT_JSON_UTF8_MAX 6 /* bytes that g_unichar_to_utf8() may write */

/*
 * Writes the character as UTF-8 to *@out and moves *@out past it.
 * @p: the text after the backslash.
 * Returns: the number of bytes of the escape after its backslash
 */
gsize vt_json_unescape (const char *p, char **out);
