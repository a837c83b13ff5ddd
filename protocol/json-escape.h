/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What an escape in a JSON string stands for (RFC 8259, section 7). Private
 * to what has seen the grammar hold: nothing is checked here.
 */

#include <glib.h>

#define VT_JSON_UTF8_MAX 6 /* bytes that g_unichar_to_utf8() may write */

/*
 * @p: behind the backslash. Writes the character as UTF-8, moves *@out behind it.
 * Returns: how many bytes the escape has behind its backslash
 */
gsize vt_json_unescape (const char *p, char **out);
