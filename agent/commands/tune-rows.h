/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Rows, and other long lists of replies: in JSON, and no longer than the other end takes. */

#include <json-glib/json-glib.h>

#include "agent/engine/engine.h"

/*
 * Bytes of a list's elements: with another list, the active state, a trial's and an id beside it
 * (VT_ACTIVE_MAX and a request at most, each), a reply stays below the bound of replies. What goes
 * beyond is counted in "more".
 */
#define VT_TUNE_LIST_BYTES (3 * 1024 * 1024)

#define VT_TUNE_ROW_COST 112 /* bytes of a row's member names and punctuation, at most */

/* Nothing where @text is NULL. */
void vt_tune_set_text (JsonObject *object, const char *member, const char *text);
/* An integer where the attribute is a number and the text reads as one. */
void vt_tune_set_value (JsonObject *object, const char *member, const char *text, gboolean number);

/* A row of what was done, and one of what was looked at. (transfer full) */
JsonObject *vt_tune_change_to_json (const VtRow *row);
JsonObject *vt_tune_check_to_json (const VtRow *row);

/* "attributes": the @rows up to the bound, and "more", the number of the others. */
void vt_tune_set_rows (JsonObject *object,
                       const GPtrArray *rows,
                       JsonObject *(*convert) (const VtRow *row));
/* Strings up to the bound, of which the last may tell how many are missing. (transfer full) */
JsonArray *vt_tune_texts_to_json (const GPtrArray *texts);

/* Bytes of @text (may be NULL) in JSON. */
gsize vt_tune_cost_of_text (const char *text);
/* Whether an element of @cost bytes still fits in @array, of which @left bytes are left. */
gboolean vt_tune_take (JsonArray *array, gsize *left, gsize cost);
