/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What a guest says, made harmless before a terminal sees it: control
 * characters (C0, C1, DEL), format characters (among them all that turn the
 * direction of text or have no width), line and paragraph separators, and
 * bytes that are no UTF-8 come out as \x1b, \u202e, \U000e0001. All else is
 * left as it is, backslashes too: this is for eyes, not to be read back.
 */

#include <glib.h>

/* A line for people; a newline in it is escaped too. (transfer full) */
char *vt_escape (const char *text);

/* The same for JSON text: by \uXXXX, so that it stays the same JSON. (transfer full) */
char *vt_escape_json (const char *json);

/* Columns that @text takes on a terminal: wide characters count two, combining ones none. */
guint vt_escape_width (const char *text);
