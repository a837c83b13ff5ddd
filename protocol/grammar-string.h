/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A JSON string (RFC 8259, section 7), scanned byte by byte after its opening
 * quote. It must be UTF-8 (RFC 3629), without control bytes, \u0000 and lone
 * surrogates. This file keeps no text, and knows nothing about the text
 * around a string. Private to grammar.c.
 */

#include <glib.h>

typedef enum
{
  VT_STRING_PLAIN,
  VT_STRING_UTF8,          /* inside a character of several bytes */
  VT_STRING_ESCAPE,        /* after \ */
  VT_STRING_HEX,           /* after \u */
  VT_STRING_LOW_BACKSLASH, /* after a high surrogate: \ must follow */
  VT_STRING_LOW_U,         /* then u must follow */
  VT_STRING_ENDED          /* after the closing quote */
} VtStringState;

typedef struct
{
  VtStringState state;
  gboolean escaped;                   /* the string contains a \ */
  guint8 n_tail, tail_low, tail_high; /* missing bytes of the character; range of the next byte */
  guint n_hex;                        /* digits of \uXXXX that were scanned */
  guint32 unit;                       /* value of these digits */
  guint32 high;                       /* high surrogate that waits for its low one, or 0 */
} VtGrammarString;

void vt_grammar_string_begin (VtGrammarString *string);

/* FALSE with @error: @c is not allowed here. */
gboolean vt_grammar_string_step (VtGrammarString *string,
                                 guint8 c,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;
