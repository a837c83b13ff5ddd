/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "protocol/grammar.h"

#include "protocol/error.h"
#include "protocol/grammar-fault.h"
#include "protocol/json-escape.h"

void
vt_grammar_init (VtGrammar *grammar, const VtScannerLimits *limits)
{
  *grammar = (VtGrammar){ .limits = limits };
  vt_keyset_init (&grammar->keys);
}

void
vt_grammar_clear (VtGrammar *grammar)
{
  vt_keyset_clear (&grammar->keys);
  g_clear_error (&grammar->error);
}

void
vt_grammar_reset (VtGrammar *grammar)
{
  grammar->state = VT_STATE_START;
  grammar->len = 0;
  grammar->n_tokens = 0;
  grammar->depth = 0;
  vt_keyset_reset (&grammar->keys);
}

static gboolean
is_space (guint8 c)
{
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static gboolean
count_token (VtGrammar *grammar)
{
  if (grammar->n_tokens == grammar->limits->max_tokens)
    return vt_error_set (&grammar->error, VT_ERROR_GENERIC, "more than %u tokens",
                         grammar->limits->max_tokens);

  grammar->n_tokens++;
  return TRUE;
}

static gboolean
begin_container (VtGrammar *grammar, gboolean is_object)
{
  if (grammar->depth == grammar->limits->max_depth)
    return vt_error_set (&grammar->error, VT_ERROR_GENERIC, "nested deeper than %u",
                         grammar->limits->max_depth);

  grammar->levels[grammar->depth++] = (VtGrammarLevel){ is_object, grammar->keys.n_entries };
  grammar->state = is_object ? VT_STATE_KEY_OR_END : VT_STATE_VALUE_OR_END;
  return count_token (grammar);
}

static gboolean
end_container (VtGrammar *grammar)
{
  grammar->depth--;
  vt_keyset_truncate (&grammar->keys, grammar->levels[grammar->depth].n_keys);
  grammar->state = grammar->depth == 0 ? VT_STATE_END : VT_STATE_NEXT;
  return count_token (grammar);
}

static gboolean
begin_token (VtGrammar *grammar, VtGrammarState state)
{
  grammar->state = state;
  grammar->token = grammar->len;
  return count_token (grammar);
}

static gboolean
begin_string (VtGrammar *grammar, gboolean is_key)
{
  grammar->is_key = is_key;
  vt_grammar_string_begin (&grammar->string);

  return begin_token (grammar, VT_STATE_STRING);
}

static gboolean
begin_number (VtGrammar *grammar, guint8 c)
{
  grammar->number = vt_number_begin (c);
  if (grammar->number == VT_NUMBER_NONE)
    return vt_grammar_expected (&grammar->error, "a value", c);

  return begin_token (grammar, VT_STATE_NUMBER);
}

static gboolean
begin_literal (VtGrammar *grammar, const char *rest)
{
  grammar->literal = rest;
  return begin_token (grammar, VT_STATE_LITERAL);
}

static gboolean
begin_value (VtGrammar *grammar, guint8 c)
{
  switch (c)
    {
    case '{':
      return begin_container (grammar, TRUE);
    case '[':
      return begin_container (grammar, FALSE);
    case '"':
      return begin_string (grammar, FALSE);
    case 't':
      return begin_literal (grammar, "rue");
    case 'f':
      return begin_literal (grammar, "alse");
    case 'n':
      return begin_literal (grammar, "ull");
    default:
      return begin_number (grammar, c);
    }
}

static gboolean
scan_next (VtGrammar *grammar, guint8 c)
{
  gboolean in_object = grammar->levels[grammar->depth - 1].is_object;

  if (c == (in_object ? '}' : ']'))
    return end_container (grammar);

  if (c != ',')
    return vt_grammar_expected (&grammar->error, in_object ? "',' or '}'" : "',' or ']'", c);

  grammar->state = in_object ? VT_STATE_KEY : VT_STATE_VALUE;
  return TRUE;
}

/* Everything between strings, numbers and literals. */
static gboolean
scan_structure (VtGrammar *grammar, guint8 c)
{
  if (is_space (c))
    return TRUE;

  if (grammar->state == VT_STATE_NEXT)
    return scan_next (grammar, c);

  if (grammar->state == VT_STATE_COLON)
    {
      grammar->state = VT_STATE_VALUE;
      return c == ':' || vt_grammar_expected (&grammar->error, "':'", c);
    }

  if (grammar->state == VT_STATE_KEY_OR_END && c == '}')
    return end_container (grammar);

  if (grammar->state == VT_STATE_VALUE_OR_END && c == ']')
    return end_container (grammar);

  if (grammar->state == VT_STATE_VALUE || grammar->state == VT_STATE_VALUE_OR_END)
    return begin_value (grammar, c);

  return c == '"' ? begin_string (grammar, TRUE)
                  : vt_grammar_expected (&grammar->error, "a key in double quotes", c);
}

/* A key has ended. Its text was checked already, so this function only decodes it. */
static gboolean
end_key (VtGrammar *grammar)
{
  const guint8 *p = grammar->text + grammar->token + 1;
  const guint8 *end = grammar->text + grammar->len;
  const gboolean escaped = grammar->string.escaped;
  VtKeyHash hash;

  vt_key_hash_begin (&hash, &grammar->keys, grammar->depth);
  if (!escaped)
    vt_key_hash_bytes (&hash, p, end - p);

  while (escaped && p < end)
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
         || vt_error_set (&grammar->error, VT_ERROR_GENERIC, "the same key twice in one object");
}

static gboolean
scan_string (VtGrammar *grammar, guint8 c)
{
  if (!vt_grammar_string_step (&grammar->string, c, &grammar->error))
    return FALSE;
  if (grammar->string.state != VT_STRING_ENDED)
    return TRUE;
  if (grammar->is_key)
    return end_key (grammar);

  grammar->state = VT_STATE_NEXT;
  return TRUE;
}

static gboolean
scan_number (VtGrammar *grammar, guint8 c)
{
  if (vt_number_step (&grammar->number, c))
    return TRUE;
  if (!vt_number_end (grammar->number, (const char *) grammar->text + grammar->token, c,
                      &grammar->error))
    return FALSE;

  grammar->state = VT_STATE_NEXT;
  return scan_structure (grammar, c);
}

static gboolean
scan_literal (VtGrammar *grammar, guint8 c)
{
  if (c != *grammar->literal)
    return vt_grammar_expected (&grammar->error, "true, false or null", c);

  grammar->literal++;
  if (*grammar->literal == '\0')
    grammar->state = VT_STATE_NEXT;

  return TRUE;
}

static gboolean
scan_start (VtGrammar *grammar, guint8 c)
{
  if (c == '{')
    return begin_container (grammar, TRUE);

  if (c == 0xef)
    return vt_error_set (&grammar->error, VT_ERROR_GENERIC,
                         "a byte order mark, or text before '{'");

  return vt_grammar_expected (&grammar->error, "'{'", c);
}

gboolean
vt_grammar_in_plain_string (const VtGrammar *grammar)
{
  return grammar->state == VT_STATE_STRING && grammar->string.state == VT_STRING_PLAIN;
}

static gboolean
scan (VtGrammar *grammar, guint8 c)
{
  switch (grammar->state)
    {
    case VT_STATE_START:
      return scan_start (grammar, c);
    case VT_STATE_KEY_OR_END:
    case VT_STATE_KEY:
    case VT_STATE_COLON:
    case VT_STATE_VALUE_OR_END:
    case VT_STATE_VALUE:
    case VT_STATE_NEXT:
      return scan_structure (grammar, c);
    case VT_STATE_STRING:
      return scan_string (grammar, c);
    case VT_STATE_LITERAL:
      return scan_literal (grammar, c);
    case VT_STATE_NUMBER:
      return scan_number (grammar, c);
    case VT_STATE_END:
    default:
      g_return_val_if_reached (FALSE);
    }
}

gboolean
vt_grammar_step (VtGrammar *grammar, guint8 c)
{
  if (scan (grammar, c))
    return TRUE;

  g_prefix_error (&grammar->error, "Invalid JSON at byte %" G_GSIZE_FORMAT ": ", grammar->len);
  return FALSE;
}
