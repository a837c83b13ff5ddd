/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Reads a reply and holds it to its shape. The first fault is kept and all
 * reads after it give harmless values, so a verb reads everything first and
 * asks once whether it may believe it. Lists are capped. It prints nothing.
 */

#include <glib.h>
#include <json-glib/json-glib.h>

/* Entries of any list in a reply: memory blocks of 8 TiB at 128 MiB each. */
#define VT_SHAPE_LIST_MAX 65536

typedef struct VtShape VtShape;

/* @command: whose reply it is, for messages. Values read live as long as the shape and the node. */
VtShape *vt_shape_new (const char *command);
void vt_shape_free (VtShape *shape);

JsonObject *vt_shape_root_object (VtShape *shape, JsonNode *ret);
JsonArray *vt_shape_root_list (VtShape *shape, JsonNode *ret);

/* Required; "", 0, FALSE and what is empty after a fault. */
const char *vt_shape_string (VtShape *shape, JsonObject *object, const char *member);
gint64 vt_shape_count (VtShape *shape, JsonObject *object, const char *member); /* never below 0 */
gboolean vt_shape_bool (VtShape *shape, JsonObject *object, const char *member);
JsonObject *vt_shape_object (VtShape *shape, JsonObject *object, const char *member);
JsonArray *vt_shape_list (VtShape *shape, JsonObject *object, const char *member);

/* May be absent: NULL, 0, FALSE, an empty list. */
const char *vt_shape_optional_string (VtShape *shape, JsonObject *object, const char *member);
/* An attribute's value: a string, or an integer, which comes out in decimal. */
const char *vt_shape_optional_value (VtShape *shape, JsonObject *object, const char *member);
gint64 vt_shape_optional_count (VtShape *shape, JsonObject *object, const char *member);
gboolean vt_shape_optional_bool (VtShape *shape, JsonObject *object, const char *member);
JsonObject *vt_shape_optional_object (VtShape *shape, JsonObject *object, const char *member);
JsonArray *vt_shape_optional_list (VtShape *shape, JsonObject *object, const char *member);

JsonObject *vt_shape_item (VtShape *shape, JsonArray *list, guint index);
const char *vt_shape_item_string (VtShape *shape, JsonArray *list, guint index);

/* A fault that only the reader of the whole can find. */
void vt_shape_fault (VtShape *shape, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* VT_EXIT_PROTOCOL where there was any fault. */
gboolean vt_shape_check (VtShape *shape, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtShape, vt_shape_free)
