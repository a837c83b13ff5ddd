/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A JSON number (RFC 8259, section 6), scanned byte by byte. The number must
 * fit a 64-bit integer or a finite double. This file knows nothing about the
 * text around a number. Private to grammar.c.
 */

#include <glib.h>

/* In the order of the table in grammar-number.c. Each is named after the part scanned last. */
typedef enum
{
  VT_NUMBER_NONE, /* the byte does not continue the number */
  VT_NUMBER_MINUS,
  VT_NUMBER_ZERO, /* a leading zero, which must not be followed by a digit */
  VT_NUMBER_INTEGER,
  VT_NUMBER_DOT,
  VT_NUMBER_FRACTION,
  VT_NUMBER_E,
  VT_NUMBER_SIGN,
  VT_NUMBER_EXPONENT,
  VT_NUMBER_N_STATES
} VtNumberState;

/* The state after the first byte of a number; VT_NUMBER_NONE: no number begins with @c. */
VtNumberState vt_number_begin (guint8 c);

/* FALSE: @c is not part of the number. Then *@state is unchanged; call vt_number_end(). */
gboolean vt_number_step (VtNumberState *state, guint8 c);

/*
 * Checks that the number is complete and in range.
 * @text: the number's text, ends with NUL; @c: the byte after the number, for the message.
 */
gboolean vt_number_end (VtNumberState state, const char *text, guint8 c, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
