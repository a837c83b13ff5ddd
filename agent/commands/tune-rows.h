/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Converts rows and other long lists to JSON, and limits their length to what a client accepts. */

#include <json-glib/json-glib.h>

#include "agent/engine/engine.h"

/*
 * Limit of one list, in bytes of its elements. A reply can also hold a second list, the active
 * state, that of a provisional apply (VT_ACTIVE_MAX at most each), and an id; it still stays below
 * the size limit of replies. Elements above the limit are left out and counted in "more".
 */
#define VT_TUNE_LIST_BYTES (3 * 1024 * 1024)

#define VT_TUNE_ROW_COST 112 /* bytes of a row's member names and punctuation, at most */

/* Does nothing if @text is NULL. */
void vt_tune_set_text (JsonObject *object, const char *member, const char *text);
/* Sets an integer if @number is TRUE and @text is one, else a string. */
void vt_tune_set_value (JsonObject *object, const char *member, const char *text, gboolean number);

/* Returns: (transfer full): a row of an apply or roll-back; a row of a verify */
JsonObject *vt_tune_change_to_json (const VtRow *row);
JsonObject *vt_tune_check_to_json (const VtRow *row);

/* Sets "attributes" to the @rows that fit the limit, and "more" to the number of the others. */
void vt_tune_set_rows (JsonObject *object,
                       const GPtrArray *rows,
                       JsonObject *(*convert) (const VtRow *row));
/* Returns: (transfer full): the strings that fit the limit; a last one says how many are missing */
JsonArray *vt_tune_texts_to_json (const GPtrArray *texts);

/* Returns: an upper bound of the bytes of @text in JSON; @text may be NULL. */
gsize vt_tune_cost_of_text (const char *text);
/* Returns: whether an element of @cost bytes still fits in @array. Subtracts @cost from @left. */
gboolean vt_tune_take (JsonArray *array, gsize *left, gsize cost);
