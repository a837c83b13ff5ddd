/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "protocol/grammar-string.h"

#include <string.h>

#include "protocol/error.h"
#include "protocol/grammar-fault.h"

/* The lead bytes of RFC 3629, section 4, and the range of the second byte. */
static const struct
{
  guint8 first, last; /* lead bytes */
  guint8 low, high;   /* second byte; all later ones are 80..BF */
  guint8 n_tail;
} utf8_leads[] = {
  { 0xc2, 0xdf, 0x80, 0xbf, 1 }, { 0xe0, 0xe0, 0xa0, 0xbf, 2 }, { 0xe1, 0xec, 0x80, 0xbf, 2 },
  { 0xed, 0xed, 0x80, 0x9f, 2 }, { 0xee, 0xef, 0x80, 0xbf, 2 }, { 0xf0, 0xf0, 0x90, 0xbf, 3 },
  { 0xf1, 0xf3, 0x80, 0xbf, 3 }, { 0xf4, 0xf4, 0x80, 0x8f, 3 },
};

static gboolean
begin_utf8 (VtGrammarString *string, guint8 c, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (utf8_leads); i++)
    {
      if (c < utf8_leads[i].first || c > utf8_leads[i].last)
        continue;

      string->n_tail = utf8_leads[i].n_tail;
      string->tail_low = utf8_leads[i].low;
      string->tail_high = utf8_leads[i].high;
      string->state = VT_STRING_UTF8;
      return TRUE;
    }

  return vt_error_set (error, VT_ERROR_GENERIC, "byte 0x%02x is not UTF-8", c);
}

static gboolean
scan_utf8 (VtGrammarString *string, guint8 c, GError **error)
{
  if (c < string->tail_low || c > string->tail_high)
    return vt_error_set (error, VT_ERROR_GENERIC, "byte 0x%02x is not UTF-8", c);

  string->tail_low = 0x80;
  string->tail_high = 0xbf;
  if (--string->n_tail == 0)
    string->state = VT_STRING_PLAIN;

  return TRUE;
}

static gboolean
scan_plain (VtGrammarString *string, guint8 c, GError **error)
{
  if (c < 0x20)
    return vt_error_set (error, VT_ERROR_GENERIC, "control byte 0x%02x in a string", c);

  if (c >= 0x80)
    return begin_utf8 (string, c, error);

  if (c == '"')
    string->state = VT_STRING_ENDED;
  else if (c == '\\')
    string->state = VT_STRING_ESCAPE;

  return TRUE;
}

static gboolean
begin_hex (VtGrammarString *string)
{
  string->state = VT_STRING_HEX;
  string->n_hex = 0;
  string->unit = 0;
  return TRUE;
}

static gboolean
scan_escape (VtGrammarString *string, guint8 c, GError **error)
{
  string->escaped = TRUE;
  string->high = 0;
  if (c == 'u')
    return begin_hex (string);

  string->state = VT_STRING_PLAIN;
  return (c != '\0' && strchr ("\"\\/bfnrt", c) != NULL)
         || vt_grammar_expected (error, "an escape", c);
}

static gboolean
end_hex (VtGrammarString *string, GError **error)
{
  gboolean is_low = string->unit >= 0xdc00 && string->unit <= 0xdfff;

  if (string->unit == 0)
    return vt_error_set (error, VT_ERROR_GENERIC, "\\u0000 in a string");

  if (is_low != (string->high != 0))
    return vt_error_set (error, VT_ERROR_GENERIC, "a surrogate without its other half");

  string->high = 0;
  string->state = VT_STRING_PLAIN;
  if (string->unit >= 0xd800 && string->unit <= 0xdbff)
    {
      string->high = string->unit;
      string->state = VT_STRING_LOW_BACKSLASH;
    }

  return TRUE;
}

static gboolean
scan_hex (VtGrammarString *string, guint8 c, GError **error)
{
  if (!g_ascii_isxdigit (c))
    return vt_grammar_expected (error, "four hexadecimal digits", c);

  string->unit = string->unit << 4 | (guint32) g_ascii_xdigit_value (c);
  return ++string->n_hex < 4 || end_hex (string, error);
}

static gboolean
scan_low (VtGrammarString *string, guint8 c, GError **error)
{
  if (c != (string->state == VT_STRING_LOW_BACKSLASH ? '\\' : 'u'))
    return vt_error_set (error, VT_ERROR_GENERIC, "a surrogate without its other half");

  if (string->state == VT_STRING_LOW_U)
    return begin_hex (string);

  string->state = VT_STRING_LOW_U;
  return TRUE;
}

void
vt_grammar_string_begin (VtGrammarString *string)
{
  string->state = VT_STRING_PLAIN;
  string->escaped = FALSE;
}

gboolean
vt_grammar_string_step (VtGrammarString *string, guint8 c, GError **error)
{
  switch ((int) string->state)
    {
    case VT_STRING_UTF8:
      return scan_utf8 (string, c, error);
    case VT_STRING_ESCAPE:
      return scan_escape (string, c, error);
    case VT_STRING_HEX:
      return scan_hex (string, c, error);
    case VT_STRING_LOW_BACKSLASH:
    case VT_STRING_LOW_U:
      return scan_low (string, c, error);
    default:
      return scan_plain (string, c, error);
    }
}
