/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Compares the records with the devices that are there. A record follows its device to another
 * name, and is dropped when the device was removed. In memory only; the next record in the log says
 * it.
 */

#include <glib.h>

#include "agent/engine/attributes.h"
#include "agent/state/state.h"

/* @attributes: of all devices. Returns (transfer full): the VtRecords that were dropped. */
GPtrArray *vt_matching_all (VtState *state, const VtAttributes *attributes);

/* @attributes: of one device, or (@device NULL) of one section. */
void vt_matching_some (VtState *state,
                       const VtAttributes *attributes,
                       const char *section,
                       const char *device);
