/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Parses the wanted values that all tunables share: numbers, and TuneD's ">N"
 * (raise only) and "<N" (lower only). Works on text only; reads no file.
 */

#include <glib.h>

#include "agent/tunables/tunable.h"

/*
 * Parses decimal digits, which may follow a minus, or hexadecimal digits after "0x", as the kernel
 * does for sysctls (proc_get_long() of kernel/sysctl.c). FALSE: @text is no number.
 */
gboolean vt_value_parse_number (const char *text, gint64 *ret) G_GNUC_WARN_UNUSED_RESULT;

/* Returns TuneD's sign at the start of @wanted ('>' or '<'), or 0. *@ret_rest: the text after it.
 */
char vt_value_sign (const char *wanted, const char **ret_rest);

/*
 * Turns "N", ">N" or "<N" into the number to write, which must be in
 * @min..@max. VT_ERROR_INVALID_ARGUMENT names the value and the range.
 */
gboolean vt_value_decide_number (const char *wanted,
                                 gint64 current,
                                 gint64 min,
                                 gint64 max,
                                 VtDecision *ret,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* "1..4", or "1.." if @max is G_MAXINT64. (transfer full) */
char *vt_value_range (gint64 min, gint64 max);

/* @text with single spaces between words and none at the ends. (transfer full) */
char *vt_value_squeeze (const char *text);
