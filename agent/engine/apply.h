/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Carries a plan's items out, and back. Every write is read back; both ways
 * go in the same order, that of the items. It journals nothing.
 */

#include <glib.h>

#include "agent/engine/plan.h"

/*
 * Writes what is to be written, and looks at what was disturbed. Sets each
 * item's outcome. @lenient: what fails is put back by itself and the rest
 * goes on (always TRUE); else FALSE (VT_ERROR_APPLY_FAILED) at the first
 * failure, with nothing put back yet.
 */
gboolean vt_apply_forward (const GPtrArray *items,
                           const VtSystem *system,
                           gboolean lenient,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

/*
 * Puts all entries back to what they were before. Returns: (transfer full):
 * what could not be, for people; NULL: nothing.
 */
char *vt_apply_back (const GPtrArray *items, const VtSystem *system);
