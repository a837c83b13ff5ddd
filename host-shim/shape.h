/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Reads a reply and checks its shape: which members it has, and their types.
 * VtShape keeps the first fault. A read that fails returns a harmless default.
 * So a verb first reads everything, and then calls vt_shape_check() once. The
 * length of lists is limited. This file prints nothing.
 */

#include <glib.h>
#include <json-glib/json-glib.h>

/* Maximum length of a list in a reply: the memory blocks of 8 TiB at 128 MiB each. */
#define VT_SHAPE_LIST_MAX 65536

typedef struct VtShape VtShape;

/* @command: the command that was answered, for messages. The values that are read are valid as long
 * as the shape and the node exist. */
VtShape *vt_shape_new (const char *command);
void vt_shape_free (VtShape *shape);

JsonObject *vt_shape_root_object (VtShape *shape, JsonNode *ret);
JsonArray *vt_shape_root_list (VtShape *shape, JsonNode *ret);

/* Required members. After a fault: "", 0, FALSE, an empty object or an empty list. */
const char *vt_shape_string (VtShape *shape, JsonObject *object, const char *member);
gint64 vt_shape_count (VtShape *shape, JsonObject *object, const char *member); /* never negative */
gboolean vt_shape_bool (VtShape *shape, JsonObject *object, const char *member);
JsonObject *vt_shape_object (VtShape *shape, JsonObject *object, const char *member);
JsonArray *vt_shape_list (VtShape *shape, JsonObject *object, const char *member);

/* Optional members. If absent: NULL, 0, FALSE or an empty list. */
const char *vt_shape_optional_string (VtShape *shape, JsonObject *object, const char *member);
/* The value of an attribute: a string, or an integer, which is returned in decimal. */
const char *vt_shape_optional_value (VtShape *shape, JsonObject *object, const char *member);
gint64 vt_shape_optional_count (VtShape *shape, JsonObject *object, const char *member);
gboolean vt_shape_optional_bool (VtShape *shape, JsonObject *object, const char *member);
JsonObject *vt_shape_optional_object (VtShape *shape, JsonObject *object, const char *member);
JsonArray *vt_shape_optional_list (VtShape *shape, JsonObject *object, const char *member);

JsonObject *vt_shape_item (VtShape *shape, JsonArray *list, guint index);
const char *vt_shape_item_string (VtShape *shape, JsonArray *list, guint index);

/* Reports a fault that the caller found, for example members that contradict each other. */
void vt_shape_fault (VtShape *shape, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* VT_EXIT_PROTOCOL: there was a fault. */
gboolean vt_shape_check (VtShape *shape, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtShape, vt_shape_free)
