/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "protocol/grammar.h"

#include "protocol/error.h"

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

gboolean
vt_grammar_fault (VtGrammar *grammar, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);

  return vt_error_set (&grammar->error, VT_ERROR_GENERIC,
                       "Invalid JSON at byte %" G_GSIZE_FORMAT ": %s", grammar->len, text);
}

gboolean
vt_grammar_expected (VtGrammar *grammar, const char *what, guint8 c)
{
  if (g_ascii_isprint (c))
    return vt_grammar_fault (grammar, "expected %s, found '%c'", what, c);

  return vt_grammar_fault (grammar, "expected %s, found byte 0x%02x", what, c);
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
    return vt_grammar_fault (grammar, "more than %u tokens", grammar->limits->max_tokens);

  grammar->n_tokens++;
  return TRUE;
}

static gboolean
begin_container (VtGrammar *grammar, gboolean is_object)
{
  if (grammar->depth == grammar->limits->max_depth)
    return vt_grammar_fault (grammar, "nested deeper than %u", grammar->limits->max_depth);

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
  grammar->escaped = FALSE;
  return begin_token (grammar, VT_STATE_STRING);
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
    case '-':
      return begin_token (grammar, VT_STATE_MINUS);
    case '0':
      return begin_token (grammar, VT_STATE_ZERO);
    default:
      if (g_ascii_isdigit (c))
        return begin_token (grammar, VT_STATE_INTEGER);
      return vt_grammar_expected (grammar, "a value", c);
    }
}

static gboolean
scan_next (VtGrammar *grammar, guint8 c)
{
  gboolean in_object = grammar->levels[grammar->depth - 1].is_object;

  if (c == (in_object ? '}' : ']'))
    return end_container (grammar);

  if (c != ',')
    return vt_grammar_expected (grammar, in_object ? "',' or '}'" : "',' or ']'", c);

  grammar->state = in_object ? VT_STATE_KEY : VT_STATE_VALUE;
  return TRUE;
}

/* All between strings, numbers and literals. */
gboolean
vt_grammar_scan_structure (VtGrammar *grammar, guint8 c)
{
  if (is_space (c))
    return TRUE;

  if (grammar->state == VT_STATE_NEXT)
    return scan_next (grammar, c);

  if (grammar->state == VT_STATE_COLON)
    {
      grammar->state = VT_STATE_VALUE;
      return c == ':' || vt_grammar_expected (grammar, "':'", c);
    }

  if (grammar->state == VT_STATE_KEY_OR_END && c == '}')
    return end_container (grammar);

  if (grammar->state == VT_STATE_VALUE_OR_END && c == ']')
    return end_container (grammar);

  if (grammar->state == VT_STATE_VALUE || grammar->state == VT_STATE_VALUE_OR_END)
    return begin_value (grammar, c);

  return c == '"' ? begin_string (grammar, TRUE)
                  : vt_grammar_expected (grammar, "a key in double quotes", c);
}

static gboolean
scan_literal (VtGrammar *grammar, guint8 c)
{
  if (c != *grammar->literal)
    return vt_grammar_expected (grammar, "true, false or null", c);

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
    return vt_grammar_fault (grammar, "a byte order mark, or text before '{'");

  return vt_grammar_expected (grammar, "'{'", c);
}

gboolean
vt_grammar_step (VtGrammar *grammar, guint8 c)
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
      return vt_grammar_scan_structure (grammar, c);
    case VT_STATE_STRING:
    case VT_STATE_UTF8:
    case VT_STATE_ESCAPE:
    case VT_STATE_HEX:
    case VT_STATE_LOW_BACKSLASH:
    case VT_STATE_LOW_U:
      return vt_grammar_scan_string (grammar, c);
    case VT_STATE_LITERAL:
      return scan_literal (grammar, c);
    case VT_STATE_MINUS:
    case VT_STATE_ZERO:
    case VT_STATE_INTEGER:
    case VT_STATE_DOT:
    case VT_STATE_FRACTION:
    case VT_STATE_E:
    case VT_STATE_SIGN:
    case VT_STATE_EXPONENT:
      return vt_grammar_scan_number (grammar, c);
    case VT_STATE_END:
    case VT_STATE_N_STATES:
    default:
      g_return_val_if_reached (FALSE);
    }
}
