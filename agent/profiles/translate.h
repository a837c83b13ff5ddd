/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Translates TuneD's options to settings, by the tables of options.h. It reads
 * no file and no attribute.
 */

#include <glib.h>

#include "agent/profiles/unit.h"

/*
 * @units: merged, with [variables]. @layers: of VtProfileLayer; an option's
 * settings go to the layer of the file that set the option last. Options that
 * are not carried out are appended to @ignored, of char *.
 * VT_ERROR_INVALID_ARGUMENT: one layer has two values for one attribute, or
 * more settings than a document may have.
 */
gboolean vt_units_translate (const GPtrArray *units,
                             GPtrArray *layers,
                             GPtrArray *ignored,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;
