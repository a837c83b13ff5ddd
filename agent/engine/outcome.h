/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * From the items of a change that has ended to the records: which attributes are changed now, and
 * from which originals. It writes nothing.
 */

#include <glib.h>

#include "agent/engine/item.h"
#include "agent/state/record-changes.h"

/* Of a change that was made. @records: key → VtRecord, as they are now. (transfer full) */
VtRecordChanges *vt_outcome_of_items (const GPtrArray *items, GHashTable *records);

/* Of a change that was undone: only what could not be put back is changed. (transfer full) */
VtRecordChanges *vt_outcome_of_undone (const GPtrArray *items, GHashTable *records);

/* Before an unfinished change is undone: items whose value somebody else has changed since become
 * VT_VERDICT_OTHERS, and are not written. */
void vt_outcome_exclude_others (const GPtrArray *items, const VtSystem *system);
