/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Writes the items of a plan, and puts them back. Every write is read back. Both directions go in
 * the order of the items. It does not touch the durable state.
 */

#include <glib.h>

#include "agent/engine/plan.h"

/*
 * Writes what the plan says, then reads what those writes may have changed. Sets each item's
 * outcome. A value that nobody named for its device, and that the device refuses, is put back, and
 * its item becomes VT_VERDICT_LEAVE with the reason and the outcome VT_OUTCOME_REFUSED.
 * @lenient: any other item that fails is put back by itself and the rest goes on (always TRUE);
 * else FALSE (VT_ERROR_APPLY_FAILED) at the first failure, with nothing put back yet.
 */
gboolean vt_write_items (const GPtrArray *items,
                         const VtSystem *system,
                         gboolean lenient,
                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

/*
 * Puts all entries back to their values before. Returns (transfer full): the items that could not
 * be put back, for people; NULL: all were.
 */
char *vt_write_back (const GPtrArray *items, const VtSystem *system);
