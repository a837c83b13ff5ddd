/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "protocol/grammar-number.h"

#include <errno.h>
#include <math.h>

#include "protocol/error.h"
#include "protocol/grammar-fault.h"

/* The kinds of bytes that can continue a number. */
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

/* RFC 8259, section 6: the next state. 0 is VT_NUMBER_NONE. */
/* clang-format off */
#define S(state) VT_NUMBER_##state
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

G_STATIC_ASSERT (G_N_ELEMENTS (number_next) == VT_NUMBER_N_STATES - VT_NUMBER_MINUS);

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

VtNumberState
vt_number_begin (guint8 c)
{
  switch (number_byte (c))
    {
    case BYTE_MINUS:
      return VT_NUMBER_MINUS;
    case BYTE_ZERO:
      return VT_NUMBER_ZERO;
    case BYTE_DIGIT:
      return VT_NUMBER_INTEGER;
    default:
      return VT_NUMBER_NONE;
    }
}

gboolean
vt_number_step (VtNumberState *state, guint8 c)
{
  const int kind = number_byte (c);
  const VtNumberState next
      = kind < 0 ? VT_NUMBER_NONE : number_next[*state - VT_NUMBER_MINUS][kind];

  if (next == VT_NUMBER_NONE)
    return FALSE;

  *state = next;
  return TRUE;
}

/*
 * Only ERANGE counts as an error: GLib's function leaves EAGAIN in errno when
 * two threads call it for the first time at once.
 */
static gboolean
is_int64 (const char *text)
{
  errno = 0;
  (void) g_ascii_strtoll (text, NULL, 10);

  return errno != ERANGE;
}

gboolean
vt_number_end (VtNumberState state, const char *text, guint8 c, GError **error)
{
  switch ((int) state)
    {
    case VT_NUMBER_ZERO:
    case VT_NUMBER_INTEGER:
      return is_int64 (text) || vt_error_set (error, VT_ERROR_GENERIC, "an integer beyond 64 bits");
    case VT_NUMBER_FRACTION:
    case VT_NUMBER_EXPONENT:
      return isfinite (g_ascii_strtod (text, NULL))
             || vt_error_set (error, VT_ERROR_GENERIC, "a number beyond double range");
    default:
      return vt_grammar_expected (error, "a digit", c);
    }
}
