/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The language of wanted values that all tunables share: numbers, and
 * TuneD's ">N" (raise only) and "<N" (lower only). Pure text.
 */

#include <glib.h>

#include "agent/tunables/tunable.h"

/* Decimal digits, a minus before them at most. */
gboolean vt_value_parse_number (const char *text, gint64 *ret) G_GNUC_WARN_UNUSED_RESULT;

/* TuneD's signs and what is behind them: '>', '<' or 0. */
char vt_value_sign (const char *wanted, const char **ret_rest);

/*
 * Turns "N", ">N" or "<N" into the number to write, held against @min..@max.
 * VT_ERROR_INVALID_ARGUMENT names value and range.
 */
gboolean vt_value_decide_number (const char *wanted,
                                 gint64 current,
                                 gint64 min,
                                 gint64 max,
                                 VtDecision *ret,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* "1..4"; no end where @max is G_MAXINT64. (transfer full) */
char *vt_value_range (gint64 min, gint64 max);

/* @text with each run of blanks as one space, none at the ends. (transfer full) */
char *vt_value_squeeze (const char *text);
