/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * TuneD's options as our settings: one table of what is carried out under
 * which key, one of what is not and why. It reads no file and no attribute.
 */

#include <glib.h>

#include "agent/profiles/unit.h"

/*
 * @units: merged, [variables] among them. Each option's settings go to the
 * layer that has the last word on it. @layers: of VtProfileLayer. What is
 * not carried out is appended to @ignored, of char *. FALSE
 * (VT_ERROR_INVALID_ARGUMENT): one layer wants two values of one attribute,
 * or more settings than a document may have.
 */
gboolean vt_units_translate (const GPtrArray *units,
                             GPtrArray *layers,
                             GPtrArray *ignored,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;
