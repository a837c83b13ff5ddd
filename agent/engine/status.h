/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Every attribute with its value, what is wanted of it and what it was. Reads alone. */

#include <glib.h>

#include "agent/engine/attributes.h"
#include "agent/engine/engine.h"
#include "agent/engine/journal.h"
#include "agent/engine/want.h"

/* Returns: (transfer full): of VtAttributeStatus, by key */
GPtrArray *vt_status_list (const VtAttributes *attributes,
                           const VtSystem *system,
                           const VtWants *wants,
                           VtJournal *journal);
