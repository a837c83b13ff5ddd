/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Which known words are nearest to a mistyped one. It knows no verb.
 */

#include <glib.h>

/* Steps (insert, drop, change, swap neighbours) from @a to @b; bytes, at most 64 of each. */
guint vt_suggest_distance (const char *a, const char *b);

/*
 * "'status' or 'set'": those of @known (ends with NULL) that are near enough,
 * or begin with @word; NULL where none is. (transfer full)
 */
char *vt_suggest (const char *word, const char *const *known);
