/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Escapes text from a guest, so that it can't harm a terminal. Control
 * characters (C0, C1, DEL), format characters (such as those that change the
 * direction of text or have no width), line and paragraph separators, and
 * bytes that are no UTF-8 are written as \x1b, \u202e, \U000e0001. Everything
 * else is unchanged, even backslashes: the result is for people, and can't be
 * converted back.
 */

#include <glib.h>

/* Escapes one line for people. A newline is escaped as well. (transfer full) */
char *vt_escape (const char *text);

/* Escapes JSON text with \uXXXX, so that its meaning stays the same. (transfer full) */
char *vt_escape_json (const char *json);

/* The width of @text on a terminal in columns: wide characters count as two, combining characters
 * as none. */
guint vt_escape_width (const char *text);
