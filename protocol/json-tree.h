/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The tree of a frame that the scanner has let through. Grammar, bounds, UTF-8
 * and keys hold then, so nothing is looked at twice: json-glib's own parser,
 * which must doubt all of it, was two thirds of what a short request cost. Of
 * json-glib are the nodes. It must not see other text.
 */

#include <glib.h>
#include <json-glib/json-glib.h>

/* @frame: NUL-terminated. Returns: (transfer full): an object node */
JsonNode *vt_json_tree_new (const char *frame);
