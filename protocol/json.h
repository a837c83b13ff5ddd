/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * json-glib, made strict. Text goes through the scanner first, members are
 * read by accessors that check the type, and all that goes out is one line.
 * It knows no message.
 */

#include <glib.h>
#include <json-glib/json-glib.h>

#include "protocol/scanner.h"

/*
 * Scans and parses one object, with nothing but white space around it: for
 * documents from a file or a command line. What came out of a scanner's frame needs no second
 * scan: vt_json_tree_new().
 * Returns: (transfer full): an object node, or NULL with VT_ERROR_INVALID_ARGUMENT.
 */
JsonNode *vt_json_parse (const char *text, gsize len, const VtScannerLimits *limits, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/*
 * One line of compact JSON without a newline; always such as our own scanner takes: invalid UTF-8
 * becomes U+FFFD, control bytes are escaped, NaN and infinity become null.
 * Returns: (transfer full)
 */
char *vt_json_to_string (JsonNode *node);
void vt_json_append (GString *text, JsonNode *node);
/* Indented, for people. Returns: (transfer full) */
char *vt_json_to_pretty (JsonNode *node);

/*
 * Typed members of @object, where NULL is an empty one. Absent is an error that names the member
 * where @required, else the out parameter stays as it is. A wrong type is always an error
 * (VT_ERROR_INVALID_ARGUMENT) that names member, type found and type wanted.
 * Strings and containers stay @object's.
 */
gboolean vt_json_get_string (JsonObject *object,
                             const char *member,
                             gboolean required,
                             const char **value,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean vt_json_get_int (JsonObject *object,
                          const char *member,
                          gboolean required,
                          gint64 *value,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean vt_json_get_bool (JsonObject *object,
                           const char *member,
                           gboolean required,
                           gboolean *value,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean vt_json_get_object (JsonObject *object,
                             const char *member,
                             gboolean required,
                             JsonObject **value,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean vt_json_get_array (JsonObject *object,
                            const char *member,
                            gboolean required,
                            JsonArray **value,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* "string", "integer", "number", "boolean", "object", "array" or "null". */
const char *vt_json_type_name (JsonNode *node);
