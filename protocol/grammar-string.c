/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "protocol/grammar.h"

#include <string.h>

#include "protocol/json-escape.h"

/* The lead bytes of RFC 3629, section 4, and what their second byte may be. */
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

/* A key has ended; its text was checked, so it is only decoded here. */
static gboolean
end_key (VtGrammar *grammar)
{
  const guint8 *p = grammar->text + grammar->token + 1;
  const guint8 *end = grammar->text + grammar->len;
  VtKeyHash hash;

  vt_key_hash_begin (&hash, &grammar->keys, grammar->depth);
  if (!grammar->escaped)
    vt_key_hash_bytes (&hash, p, end - p);

  while (grammar->escaped && p < end)
    {
      if (*p == '\\')
        {
          char utf8[VT_JSON_UTF8_MAX], *after = utf8;

          p += 1 + vt_json_unescape ((const char *) p + 1, &after);
          vt_key_hash_bytes (&hash, (const guint8 *) utf8, after - utf8);
          continue;
        }

      vt_key_hash_bytes (&hash, p, 1);
      p++;
    }

  grammar->state = VT_STATE_COLON;
  return vt_keyset_add (&grammar->keys, &hash)
         || vt_grammar_fault (grammar, "the same key twice in one object");
}

static gboolean
begin_utf8 (VtGrammar *grammar, guint8 c)
{
  for (gsize i = 0; i < G_N_ELEMENTS (utf8_leads); i++)
    {
      if (c < utf8_leads[i].first || c > utf8_leads[i].last)
        continue;

      grammar->n_tail = utf8_leads[i].n_tail;
      grammar->tail_low = utf8_leads[i].low;
      grammar->tail_high = utf8_leads[i].high;
      grammar->state = VT_STATE_UTF8;
      return TRUE;
    }

  return vt_grammar_fault (grammar, "byte 0x%02x is not UTF-8", c);
}

static gboolean
scan_utf8 (VtGrammar *grammar, guint8 c)
{
  if (c < grammar->tail_low || c > grammar->tail_high)
    return vt_grammar_fault (grammar, "byte 0x%02x is not UTF-8", c);

  grammar->tail_low = 0x80;
  grammar->tail_high = 0xbf;
  if (--grammar->n_tail == 0)
    grammar->state = VT_STATE_STRING;

  return TRUE;
}

static gboolean
scan_plain (VtGrammar *grammar, guint8 c)
{
  if (c == '"' && grammar->is_key)
    return end_key (grammar);

  if (c < 0x20)
    return vt_grammar_fault (grammar, "control byte 0x%02x in a string", c);

  if (c >= 0x80)
    return begin_utf8 (grammar, c);

  if (c == '"')
    grammar->state = VT_STATE_NEXT;
  else if (c == '\\')
    grammar->state = VT_STATE_ESCAPE;

  return TRUE;
}

static gboolean
begin_hex (VtGrammar *grammar)
{
  grammar->state = VT_STATE_HEX;
  grammar->n_hex = 0;
  grammar->unit = 0;
  return TRUE;
}

static gboolean
scan_escape (VtGrammar *grammar, guint8 c)
{
  grammar->escaped = TRUE;
  grammar->high = 0;
  if (c == 'u')
    return begin_hex (grammar);

  grammar->state = VT_STATE_STRING;
  return (c != '\0' && strchr ("\"\\/bfnrt", c) != NULL)
         || vt_grammar_expected (grammar, "an escape", c);
}

static gboolean
end_hex (VtGrammar *grammar)
{
  gboolean is_low = grammar->unit >= 0xdc00 && grammar->unit <= 0xdfff;

  if (grammar->unit == 0)
    return vt_grammar_fault (grammar, "\\u0000 in a string");

  if (is_low != (grammar->high != 0))
    return vt_grammar_fault (grammar, "a surrogate without its other half");

  grammar->high = 0;
  grammar->state = VT_STATE_STRING;
  if (grammar->unit >= 0xd800 && grammar->unit <= 0xdbff)
    {
      grammar->high = grammar->unit;
      grammar->state = VT_STATE_LOW_BACKSLASH;
    }

  return TRUE;
}

static gboolean
scan_hex (VtGrammar *grammar, guint8 c)
{
  if (!g_ascii_isxdigit (c))
    return vt_grammar_expected (grammar, "four hexadecimal digits", c);

  grammar->unit = grammar->unit << 4 | (guint32) g_ascii_xdigit_value (c);
  return ++grammar->n_hex < 4 || end_hex (grammar);
}

static gboolean
scan_low (VtGrammar *grammar, guint8 c)
{
  if (c != (grammar->state == VT_STATE_LOW_BACKSLASH ? '\\' : 'u'))
    return vt_grammar_fault (grammar, "a surrogate without its other half");

  if (grammar->state == VT_STATE_LOW_U)
    return begin_hex (grammar);

  grammar->state = VT_STATE_LOW_U;
  return TRUE;
}

gboolean
vt_grammar_scan_string (VtGrammar *grammar, guint8 c)
{
  switch ((int) grammar->state)
    {
    case VT_STATE_UTF8:
      return scan_utf8 (grammar, c);
    case VT_STATE_ESCAPE:
      return scan_escape (grammar, c);
    case VT_STATE_HEX:
      return scan_hex (grammar, c);
    case VT_STATE_LOW_BACKSLASH:
    case VT_STATE_LOW_U:
      return scan_low (grammar, c);
    default:
      return scan_plain (grammar, c);
    }
}
