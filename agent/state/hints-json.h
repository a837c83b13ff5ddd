/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The host's hints as the wire and the state have them. */

#include <json-glib/json-glib.h>

#include "agent/tunables/hints.h"

/* Returns: (transfer full) */
JsonArray *vt_hints_to_json (const VtHints *hints);
/* NULL: VT_ERROR_INVALID_ARGUMENT. (transfer full) */
VtHints *vt_hints_from_json (JsonArray *array, GError **error) G_GNUC_WARN_UNUSED_RESULT;
