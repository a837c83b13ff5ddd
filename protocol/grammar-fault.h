/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Faults that all parts of the grammar report. Private to them. */

#include <glib.h>

/* "expected WHAT, found 'c'"; VT_ERROR_GENERIC. Always FALSE. */
gboolean vt_grammar_expected (GError **error, const char *what, guint8 c);
