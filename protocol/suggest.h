/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Finds the known words that are most similar to a mistyped word. */

#include <glib.h>

/*
 * The number of steps that turn @a into @b. A step inserts, removes or replaces a byte, or swaps
 * two neighbours. Only the first 64 bytes of each are compared.
 */
guint vt_suggest_distance (const char *a, const char *b);

#define VT_SUGGEST_MAX 3 /* words in a suggestion */

/*
 * @known: ends with NULL.
 * Returns: (transfer full): the words of @known that begin with @word or are similar to it, the
 * most similar first: "'status' or 'set'"; NULL: there is none
 */
char *vt_suggest (const char *word, const char *const *known);
