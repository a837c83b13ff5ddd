/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Strict use of json-glib. The scanner checks all text before it is parsed,
 * accessors check the type of a member, and writers produce text that the
 * scanner accepts. It knows no message.
 */

#include <glib.h>
#include <json-glib/json-glib.h>

#include "protocol/scanner.h"

/*
 * Scans and parses a document from a file or a command line: one object, with only white space
 * around it. For a frame, which the scanner has checked already, use vt_json_tree_new().
 * Returns: (transfer full): an object node, or NULL with VT_ERROR_INVALID_ARGUMENT.
 */
JsonNode *vt_json_parse (const char *text, gsize len, const VtScannerLimits *limits, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/*
 * One line of compact JSON without a newline. Our own scanner accepts it: invalid UTF-8 becomes
 * U+FFFD, control bytes are escaped, NaN and infinity become null.
 * Returns: (transfer full)
 */
char *vt_json_to_string (JsonNode *node);
void vt_json_append (GString *text, JsonNode *node);
/* Indented JSON, for people to read. Returns: (transfer full) */
char *vt_json_to_pretty (JsonNode *node);

/*
 * Read a member of @object; NULL is an empty object. If the member is absent, the out parameter is
 * unchanged, and that is an error if @required. A wrong type is always an error. Errors are
 * VT_ERROR_INVALID_ARGUMENT and name the member, and the type found and the type expected.
 * Strings and containers are (transfer none).
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
