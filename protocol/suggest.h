/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Finds the known words that are nearest to a mistyped one. */

#include <glib.h>

/* Steps (insert, drop, change, swap neighbours) from @a to @b; bytes, at most 64 of each. */
guint vt_suggest_distance (const char *a, const char *b);

#define VT_SUGGEST_MAX 3 /* words */

/*
 * "'status' or 'set'": those of @known (ends with NULL) that begin with @word or differ little from
 * it, the nearest first. NULL: there is none. (transfer full)
 */
char *vt_suggest (const char *word, const char *const *known);
