/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Holds the journal's records against the devices that are there: a record
 * follows its device to another name, and goes with it when it leaves. Only
 * in memory; the next settling writes it.
 */

#include <glib.h>

#include "agent/engine/attributes.h"
#include "agent/engine/journal.h"

/* @attributes are all there are. Returns: (transfer full): of VtRecord: those dropped. */
GPtrArray *vt_matching_all (VtJournal *journal, const VtAttributes *attributes);

/* @attributes are those of one device, or (@device NULL) of one section. */
void vt_matching_some (VtJournal *journal,
                       const VtAttributes *attributes,
                       const char *section,
                       const char *device);
