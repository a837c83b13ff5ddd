/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The grammar of RFC 8259, narrowed as protocol/scanner.h says, as a machine
 * that takes one object byte by byte and allocates nothing on the way unless
 * the keys are many. It looks back into the text that its caller keeps;
 * it knows neither frames nor what a fault does to a stream. Private to the
 * scanner.
 */

#include <glib.h>

#include "protocol/keyset.h"
#include "protocol/scanner.h"

#define VT_GRAMMAR_DEPTH_MAX 64 /* what levels[] holds; the limits ask for less */

typedef enum
{
  VT_STATE_START, /* before { */
  VT_STATE_END,   /* behind its } */

  VT_STATE_KEY_OR_END,   /* behind { */
  VT_STATE_KEY,          /* behind , in an object */
  VT_STATE_COLON,        /* behind a key */
  VT_STATE_VALUE_OR_END, /* behind [ */
  VT_STATE_VALUE,        /* behind : and behind , in an array */
  VT_STATE_NEXT,         /* behind a value */

  VT_STATE_STRING,
  VT_STATE_UTF8,          /* within a character of several bytes */
  VT_STATE_ESCAPE,        /* behind \ */
  VT_STATE_HEX,           /* behind \u */
  VT_STATE_LOW_BACKSLASH, /* behind a high surrogate: \ */
  VT_STATE_LOW_U,         /* and then u */

  VT_STATE_LITERAL,
  VT_STATE_MINUS, /* the states of a number stand last, and are in the order of its table */
  VT_STATE_ZERO,
  VT_STATE_INTEGER,
  VT_STATE_DOT,
  VT_STATE_FRACTION,
  VT_STATE_E,
  VT_STATE_SIGN,
  VT_STATE_EXPONENT,
  VT_STATE_N_STATES
} VtGrammarState;

typedef struct
{
  gboolean is_object;
  guint32 n_keys; /* keys that were open when it began */
} VtGrammarLevel;

typedef struct
{
  const VtScannerLimits *limits;
  const guint8 *text; /* the caller's: what was taken so far, and a NUL */
  gsize len;          /* bytes of it; so the place of the byte that comes */
  GError *error;      /* of the fault that was found */

  VtGrammarState state;
  guint n_tokens;
  guint depth;
  VtGrammarLevel levels[VT_GRAMMAR_DEPTH_MAX];
  VtKeySet keys;

  gsize token;      /* where the string or number began */
  gboolean is_key;  /* of a string */
  gboolean escaped; /* a \ was in it */
  guint8 n_tail, tail_low, tail_high;
  guint n_hex;
  guint32 unit;        /* \uXXXX in the making */
  guint32 high;        /* high surrogate that waits for its low one, or 0 */
  const char *literal; /* what must still come of true, false, null */
} VtGrammar;

/* @limits must outlive @grammar. */
void vt_grammar_init (VtGrammar *grammar, const VtScannerLimits *limits);
void vt_grammar_clear (VtGrammar *grammar);

/* Back to the start of an object; memory for many keys is given back. */
void vt_grammar_reset (VtGrammar *grammar);

/* Whether @c may stand at this place. The caller appends it to the text then. */
gboolean vt_grammar_step (VtGrammar *grammar, guint8 c);

/* Always FALSE; sets grammar->error. */
gboolean vt_grammar_fault (VtGrammar *grammar, const char *format, ...) G_GNUC_PRINTF (2, 3);
gboolean vt_grammar_expected (VtGrammar *grammar, const char *what, guint8 c);

/* The parts of vt_grammar_step(): what stands between values, in a string, in a number. */
gboolean vt_grammar_scan_structure (VtGrammar *grammar, guint8 c);
gboolean vt_grammar_scan_string (VtGrammar *grammar, guint8 c);
gboolean vt_grammar_scan_number (VtGrammar *grammar, guint8 c);
