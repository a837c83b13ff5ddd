/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "protocol/grammar.h"

#include <errno.h>
#include <math.h>

/* The kinds of bytes that can go on a number. */
enum
{
  BYTE_ZERO,
  BYTE_DIGIT,
  BYTE_DOT,
  BYTE_E,
  BYTE_PLUS,
  BYTE_MINUS,
  N_BYTE_KINDS
};

/* RFC 8259, section 6. Zero (VT_STATE_START): the byte does not go on the number. */
/* clang-format off */
#define S(state) VT_STATE_##state
static const guint8 number_next[][N_BYTE_KINDS] = {
  /*               0             1-9           .        e     +        -       */
  /* MINUS    */ { S (ZERO),     S (INTEGER),  0,       0,    0,       0        },
  /* ZERO     */ { 0,            0,            S (DOT), S (E), 0,      0        },
  /* INTEGER  */ { S (INTEGER),  S (INTEGER),  S (DOT), S (E), 0,      0        },
  /* DOT      */ { S (FRACTION), S (FRACTION), 0,       0,    0,       0        },
  /* FRACTION */ { S (FRACTION), S (FRACTION), 0,       S (E), 0,      0        },
  /* E        */ { S (EXPONENT), S (EXPONENT), 0,       0,    S (SIGN), S (SIGN) },
  /* SIGN     */ { S (EXPONENT), S (EXPONENT), 0,       0,    0,       0        },
  /* EXPONENT */ { S (EXPONENT), S (EXPONENT), 0,       0,    0,       0        },
};
#undef S
/* clang-format on */

G_STATIC_ASSERT (G_N_ELEMENTS (number_next) == VT_STATE_N_STATES - VT_STATE_MINUS);

static int
number_byte (guint8 c)
{
  switch (c)
    {
    case '0':
      return BYTE_ZERO;
    case '.':
      return BYTE_DOT;
    case 'e':
    case 'E':
      return BYTE_E;
    case '+':
      return BYTE_PLUS;
    case '-':
      return BYTE_MINUS;
    default:
      return g_ascii_isdigit (c) ? BYTE_DIGIT : -1;
    }
}

/*
 * The number's range; the NUL behind it is the caller's. ERANGE alone tells of
 * it: where two threads call GLib's function for the first time at once, it
 * leaves EAGAIN behind.
 */
static gboolean
check_range (VtGrammar *grammar)
{
  const char *text = (const char *) grammar->text + grammar->token;

  if (grammar->state == VT_STATE_ZERO || grammar->state == VT_STATE_INTEGER)
    {
      errno = 0;
      (void) g_ascii_strtoll (text, NULL, 10);
      return errno != ERANGE || vt_grammar_fault (grammar, "an integer beyond 64 bits");
    }

  return isfinite (g_ascii_strtod (text, NULL))
         || vt_grammar_fault (grammar, "a number beyond double range");
}

gboolean
vt_grammar_scan_number (VtGrammar *grammar, guint8 c)
{
  int kind = number_byte (c);
  VtGrammarState next = kind < 0 ? 0 : number_next[grammar->state - VT_STATE_MINUS][kind];

  if (next != 0)
    {
      grammar->state = next;
      return TRUE;
    }

  if (grammar->state != VT_STATE_ZERO && grammar->state != VT_STATE_INTEGER
      && grammar->state != VT_STATE_FRACTION && grammar->state != VT_STATE_EXPONENT)
    return vt_grammar_expected (grammar, "a digit", c);

  if (!check_range (grammar))
    return FALSE;

  grammar->state = VT_STATE_NEXT;
  return vt_grammar_scan_structure (grammar, c);
}
