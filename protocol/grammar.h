/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A state machine that scans one JSON object byte by byte: the grammar of RFC
 * 8259, narrowed as protocol/scanner.h says. It allocates no memory unless
 * the object has many keys. It reads keys and numbers again in the text that
 * the caller keeps.
 * It knows neither frames nor how a stream continues after a fault. Private
 * to the scanner.
 */

#include <glib.h>

#include "protocol/grammar-number.h"
#include "protocol/grammar-string.h"
#include "protocol/keyset.h"
#include "protocol/scanner.h"

#define VT_GRAMMAR_DEPTH_MAX 64 /* size of levels[]; the limits are lower */

typedef enum
{
  VT_STATE_START, /* before { */
  VT_STATE_END,   /* after the } of the same object */

  VT_STATE_KEY_OR_END,   /* after { */
  VT_STATE_KEY,          /* after , in an object */
  VT_STATE_COLON,        /* after a key */
  VT_STATE_VALUE_OR_END, /* after [ */
  VT_STATE_VALUE,        /* after : and after , in an array */
  VT_STATE_NEXT,         /* after a value */

  VT_STATE_STRING,
  VT_STATE_NUMBER,
  VT_STATE_LITERAL
} VtGrammarState;

typedef struct
{
  gboolean is_object;
  guint32 n_keys; /* number of entries in the key set when the container began */
} VtGrammarLevel;

typedef struct
{
  const VtScannerLimits *limits;
  const guint8 *text; /* the caller's: the bytes that were accepted so far, and a NUL */
  gsize len;          /* number of these bytes, so also the place of the next one */
  GError *error;      /* set by a step that failed */

  VtGrammarState state;
  guint n_tokens;
  guint depth;
  VtGrammarLevel levels[VT_GRAMMAR_DEPTH_MAX];
  VtKeySet keys;

  gsize token;            /* place of the first byte of the string or number */
  VtGrammarString string; /* the string that is being scanned */
  gboolean is_key;        /* of the string */
  VtNumberState number;   /* the number that is being scanned */
  const char *literal;    /* bytes that true, false or null still lacks */
} VtGrammar;

/* @limits must outlive @grammar. */
void vt_grammar_init (VtGrammar *grammar, const VtScannerLimits *limits);
void vt_grammar_clear (VtGrammar *grammar);

/* Goes back to the start of an object. Frees the memory of a large key set. */
void vt_grammar_reset (VtGrammar *grammar);

/* Whether @c is allowed here; if so the caller appends it to the text. FALSE: error is set. */
gboolean vt_grammar_step (VtGrammar *grammar, guint8 c);

/* Whether the next byte belongs to a string and no escape or UTF-8 character is incomplete. */
gboolean vt_grammar_in_plain_string (const VtGrammar *grammar);
