/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "protocol/scanner.h"

#include <errno.h>
#include <malloc.h>
#include <math.h>
#include <string.h>

#include "protocol/error.h"
#include "protocol/keyset.h"

#define DEPTH_MAX   64 /* what levels[] holds; the limits ask for less */
#define REST_SIZE   4096
#define SHRINK_SIZE 65536

const VtScannerLimits vt_scanner_request_limits = { 1 << 20, 32, 1 << 16 };
const VtScannerLimits vt_scanner_reply_limits = { 8 << 20, 32, 1 << 20 };

typedef enum
{
  STATE_IDLE,     /* between frames */
  STATE_DONE,     /* a frame is being looked at */
  STATE_DROPPING, /* after a fault */

  STATE_KEY_OR_END,   /* behind { */
  STATE_KEY,          /* behind , in an object */
  STATE_COLON,        /* behind a key */
  STATE_VALUE_OR_END, /* behind [ */
  STATE_VALUE,        /* behind : and behind , in an array */
  STATE_NEXT,         /* behind a value */

  STATE_STRING,
  STATE_UTF8,          /* within a character of several bytes */
  STATE_ESCAPE,        /* behind \ */
  STATE_HEX,           /* behind \u */
  STATE_LOW_BACKSLASH, /* behind a high surrogate: \ */
  STATE_LOW_U,         /* and then u */

  STATE_LITERAL,
  STATE_MINUS, /* the states of a number are in the order of number_next */
  STATE_ZERO,
  STATE_INTEGER,
  STATE_DOT,
  STATE_FRACTION,
  STATE_E,
  STATE_SIGN,
  STATE_EXPONENT,
  STATE_N_STATES
} State;

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

/* RFC 8259, section 6. Zero (STATE_IDLE): the byte does not go on the number. */
static const guint8 number_next[][N_BYTE_KINDS] = {
  /*              0               1-9             .          e        +           -         */
  /* MINUS    */ { STATE_ZERO, STATE_INTEGER, 0, 0, 0, 0 },
  /* ZERO     */ { 0, 0, STATE_DOT, STATE_E, 0, 0 },
  /* INTEGER  */ { STATE_INTEGER, STATE_INTEGER, STATE_DOT, STATE_E, 0, 0 },
  /* DOT      */ { STATE_FRACTION, STATE_FRACTION, 0, 0, 0, 0 },
  /* FRACTION */ { STATE_FRACTION, STATE_FRACTION, 0, STATE_E, 0, 0 },
  /* E        */ { STATE_EXPONENT, STATE_EXPONENT, 0, 0, STATE_SIGN, STATE_SIGN },
  /* SIGN     */ { STATE_EXPONENT, STATE_EXPONENT, 0, 0, 0, 0 },
  /* EXPONENT */ { STATE_EXPONENT, STATE_EXPONENT, 0, 0, 0, 0 },
};

G_STATIC_ASSERT (G_N_ELEMENTS (number_next) == STATE_N_STATES - STATE_MINUS);

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

typedef struct
{
  gboolean is_object;
  guint32 n_keys; /* keys that were open when it began */
} Level;

struct VtScanner
{
  VtScannerLimits limits;
  GError *error; /* of the fault that is being told */
  State state;

  guint8 *frame;
  gsize len, size; /* size: room, one byte of it for the NUL */
  guint n_tokens;
  guint depth;
  Level levels[DEPTH_MAX];
  VtKeySet keys;

  gsize token;      /* where the string or number began */
  gboolean is_key;  /* of a string */
  gboolean escaped; /* a \ was in it */
  guint8 n_tail, tail_low, tail_high;
  guint n_hex;
  guint32 unit;        /* \uXXXX in the making */
  guint32 high;        /* high surrogate that waits for its low one, or 0 */
  const char *literal; /* what must still come of true, false, null */
};

static gboolean G_GNUC_PRINTF (2, 3) fault (VtScanner *scanner, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);

  return vt_error_set (&scanner->error, VT_ERROR_GENERIC,
                       "Invalid JSON at byte %" G_GSIZE_FORMAT ": %s", scanner->len, text);
}

static gboolean
expected (VtScanner *scanner, const char *what, guint8 c)
{
  if (g_ascii_isprint (c))
    return fault (scanner, "expected %s, found '%c'", what, c);

  return fault (scanner, "expected %s, found byte 0x%02x", what, c);
}

static gboolean
is_space (guint8 c)
{
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void
set_size (VtScanner *scanner, gsize size)
{
  scanner->frame = g_realloc (scanner->frame, size);
  scanner->size = size;
}

/* Room for one more byte and the NUL behind it, unless the frame has its full length. */
static gboolean
make_room (VtScanner *scanner)
{
  if (scanner->len + 1 < scanner->size)
    return TRUE;

  if (scanner->len >= scanner->limits.max_frame)
    return fault (scanner, "longer than %" G_GSIZE_FORMAT " bytes", scanner->limits.max_frame);

  set_size (scanner, MIN (scanner->size * 2, scanner->limits.max_frame + 1));
  return TRUE;
}

static gsize
rest_size (const VtScanner *scanner)
{
  return MIN (REST_SIZE, scanner->limits.max_frame + 1);
}

/* Forgets the frame; a large one's memory goes back to the system at once. */
static void
forget (VtScanner *scanner)
{
  gboolean shrink = scanner->size > SHRINK_SIZE;

  scanner->state = STATE_IDLE;
  scanner->len = 0;
  scanner->depth = 0;
  scanner->n_tokens = 0;
  vt_keyset_reset (&scanner->keys);
  if (!shrink)
    return;

  g_clear_pointer (&scanner->frame, g_free);
  set_size (scanner, rest_size (scanner));
  malloc_trim (0);
}

static gboolean
count_token (VtScanner *scanner)
{
  if (scanner->n_tokens == scanner->limits.max_tokens)
    return fault (scanner, "more than %u tokens", scanner->limits.max_tokens);

  scanner->n_tokens++;
  return TRUE;
}

static gboolean
begin_container (VtScanner *scanner, gboolean is_object)
{
  if (scanner->depth == scanner->limits.max_depth)
    return fault (scanner, "nested deeper than %u", scanner->limits.max_depth);

  scanner->levels[scanner->depth++] = (Level){ is_object, scanner->keys.n_entries };
  scanner->state = is_object ? STATE_KEY_OR_END : STATE_VALUE_OR_END;
  return count_token (scanner);
}

static gboolean
end_container (VtScanner *scanner)
{
  scanner->depth--;
  vt_keyset_truncate (&scanner->keys, scanner->levels[scanner->depth].n_keys);
  scanner->state = scanner->depth == 0 ? STATE_DONE : STATE_NEXT;
  return count_token (scanner);
}

static gboolean
begin_token (VtScanner *scanner, State state)
{
  scanner->state = state;
  scanner->token = scanner->len;
  return count_token (scanner);
}

static gboolean
begin_string (VtScanner *scanner, gboolean is_key)
{
  scanner->is_key = is_key;
  scanner->escaped = FALSE;
  return begin_token (scanner, STATE_STRING);
}

static gboolean
begin_literal (VtScanner *scanner, const char *rest)
{
  scanner->literal = rest;
  return begin_token (scanner, STATE_LITERAL);
}

static gboolean
begin_value (VtScanner *scanner, guint8 c)
{
  switch (c)
    {
    case '{':
      return begin_container (scanner, TRUE);
    case '[':
      return begin_container (scanner, FALSE);
    case '"':
      return begin_string (scanner, FALSE);
    case 't':
      return begin_literal (scanner, "rue");
    case 'f':
      return begin_literal (scanner, "alse");
    case 'n':
      return begin_literal (scanner, "ull");
    case '-':
      return begin_token (scanner, STATE_MINUS);
    case '0':
      return begin_token (scanner, STATE_ZERO);
    default:
      if (g_ascii_isdigit (c))
        return begin_token (scanner, STATE_INTEGER);
      return expected (scanner, "a value", c);
    }
}

static gboolean
scan_next (VtScanner *scanner, guint8 c)
{
  gboolean in_object = scanner->levels[scanner->depth - 1].is_object;

  if (c == (in_object ? '}' : ']'))
    return end_container (scanner);

  if (c != ',')
    return expected (scanner, in_object ? "',' or '}'" : "',' or ']'", c);

  scanner->state = in_object ? STATE_KEY : STATE_VALUE;
  return TRUE;
}

/* All between strings, numbers and literals. */
static gboolean
scan_structure (VtScanner *scanner, guint8 c)
{
  if (is_space (c))
    return TRUE;

  if (scanner->state == STATE_NEXT)
    return scan_next (scanner, c);

  if (scanner->state == STATE_COLON)
    {
      scanner->state = STATE_VALUE;
      return c == ':' || expected (scanner, "':'", c);
    }

  if (scanner->state == STATE_KEY_OR_END && c == '}')
    return end_container (scanner);

  if (scanner->state == STATE_VALUE_OR_END && c == ']')
    return end_container (scanner);

  if (scanner->state == STATE_VALUE || scanner->state == STATE_VALUE_OR_END)
    return begin_value (scanner, c);

  return c == '"' ? begin_string (scanner, TRUE) : expected (scanner, "a key in double quotes", c);
}

static guint32
read_hex (const guint8 *digits)
{
  guint32 unit = 0;

  for (guint i = 0; i < 4; i++)
    unit = unit << 4 | (guint32) g_ascii_xdigit_value (digits[i]);

  return unit;
}

/* Hashes what the escape at @p (behind its \) stands for. Returns: its length behind the \ */
static gsize
hash_escape (VtKeyHash *hash, const guint8 *p)
{
  static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
  const char *simple = strchr (from, *p);
  guint32 unit;
  char utf8[6];

  if (*p != 'u')
    {
      vt_key_hash_bytes (hash, simple != NULL ? (const guint8 *) &to[simple - from] : p, 1);
      return 1;
    }

  unit = read_hex (p + 1);
  if (unit < 0xd800 || unit > 0xdbff)
    {
      vt_key_hash_bytes (hash, (guint8 *) utf8, g_unichar_to_utf8 (unit, utf8));
      return 5;
    }

  unit = 0x10000 + ((unit - 0xd800) << 10) + (read_hex (p + 7) - 0xdc00);
  vt_key_hash_bytes (hash, (guint8 *) utf8, g_unichar_to_utf8 (unit, utf8));
  return 11;
}

/* A key has ended; its text was checked, so it is only decoded here. */
static gboolean
end_key (VtScanner *scanner)
{
  const guint8 *p = scanner->frame + scanner->token + 1;
  const guint8 *end = scanner->frame + scanner->len;
  VtKeyHash hash;

  vt_key_hash_begin (&hash, &scanner->keys, scanner->depth);
  if (!scanner->escaped)
    vt_key_hash_bytes (&hash, p, end - p);

  while (scanner->escaped && p < end)
    {
      if (*p == '\\')
        {
          p += 1 + hash_escape (&hash, p + 1);
          continue;
        }

      vt_key_hash_bytes (&hash, p, 1);
      p++;
    }

  scanner->state = STATE_COLON;
  return vt_keyset_add (&scanner->keys, &hash)
         || fault (scanner, "the same key twice in one object");
}

static gboolean
begin_utf8 (VtScanner *scanner, guint8 c)
{
  for (gsize i = 0; i < G_N_ELEMENTS (utf8_leads); i++)
    {
      if (c < utf8_leads[i].first || c > utf8_leads[i].last)
        continue;

      scanner->n_tail = utf8_leads[i].n_tail;
      scanner->tail_low = utf8_leads[i].low;
      scanner->tail_high = utf8_leads[i].high;
      scanner->state = STATE_UTF8;
      return TRUE;
    }

  return fault (scanner, "byte 0x%02x is not UTF-8", c);
}

static gboolean
scan_utf8 (VtScanner *scanner, guint8 c)
{
  if (c < scanner->tail_low || c > scanner->tail_high)
    return fault (scanner, "byte 0x%02x is not UTF-8", c);

  scanner->tail_low = 0x80;
  scanner->tail_high = 0xbf;
  if (--scanner->n_tail == 0)
    scanner->state = STATE_STRING;

  return TRUE;
}

static gboolean
scan_string (VtScanner *scanner, guint8 c)
{
  if (c == '"' && scanner->is_key)
    return end_key (scanner);

  if (c < 0x20)
    return fault (scanner, "control byte 0x%02x in a string", c);

  if (c >= 0x80)
    return begin_utf8 (scanner, c);

  if (c == '"')
    scanner->state = STATE_NEXT;
  else if (c == '\\')
    scanner->state = STATE_ESCAPE;

  return TRUE;
}

static gboolean
begin_hex (VtScanner *scanner)
{
  scanner->state = STATE_HEX;
  scanner->n_hex = 0;
  scanner->unit = 0;
  return TRUE;
}

static gboolean
scan_escape (VtScanner *scanner, guint8 c)
{
  scanner->escaped = TRUE;
  scanner->high = 0;
  if (c == 'u')
    return begin_hex (scanner);

  scanner->state = STATE_STRING;
  return (c != '\0' && strchr ("\"\\/bfnrt", c) != NULL) || expected (scanner, "an escape", c);
}

static gboolean
end_hex (VtScanner *scanner)
{
  gboolean is_low = scanner->unit >= 0xdc00 && scanner->unit <= 0xdfff;

  if (scanner->unit == 0)
    return fault (scanner, "\\u0000 in a string");

  if (is_low != (scanner->high != 0))
    return fault (scanner, "a surrogate without its other half");

  scanner->high = 0;
  scanner->state = STATE_STRING;
  if (scanner->unit >= 0xd800 && scanner->unit <= 0xdbff)
    {
      scanner->high = scanner->unit;
      scanner->state = STATE_LOW_BACKSLASH;
    }

  return TRUE;
}

static gboolean
scan_hex (VtScanner *scanner, guint8 c)
{
  if (!g_ascii_isxdigit (c))
    return expected (scanner, "four hexadecimal digits", c);

  scanner->unit = scanner->unit << 4 | (guint32) g_ascii_xdigit_value (c);
  return ++scanner->n_hex < 4 || end_hex (scanner);
}

static gboolean
scan_low (VtScanner *scanner, guint8 c)
{
  if (c != (scanner->state == STATE_LOW_BACKSLASH ? '\\' : 'u'))
    return fault (scanner, "a surrogate without its other half");

  if (scanner->state == STATE_LOW_U)
    return begin_hex (scanner);

  scanner->state = STATE_LOW_U;
  return TRUE;
}

static gboolean
scan_literal (VtScanner *scanner, guint8 c)
{
  if (c != *scanner->literal)
    return expected (scanner, "true, false or null", c);

  scanner->literal++;
  if (*scanner->literal == '\0')
    scanner->state = STATE_NEXT;

  return TRUE;
}

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

/* The number's range; the NUL behind it was written by take(). */
static gboolean
check_range (VtScanner *scanner)
{
  const char *text = (const char *) scanner->frame + scanner->token;

  if (scanner->state == STATE_ZERO || scanner->state == STATE_INTEGER)
    {
      errno = 0;
      (void) g_ascii_strtoll (text, NULL, 10);
      return errno == 0 || fault (scanner, "an integer beyond 64 bits");
    }

  return isfinite (g_ascii_strtod (text, NULL)) || fault (scanner, "a number beyond double range");
}

static gboolean
scan_number (VtScanner *scanner, guint8 c)
{
  int kind = number_byte (c);
  State next = kind < 0 ? 0 : number_next[scanner->state - STATE_MINUS][kind];

  if (next != 0)
    {
      scanner->state = next;
      return TRUE;
    }

  if (scanner->state != STATE_ZERO && scanner->state != STATE_INTEGER
      && scanner->state != STATE_FRACTION && scanner->state != STATE_EXPONENT)
    return expected (scanner, "a digit", c);

  if (!check_range (scanner))
    return FALSE;

  scanner->state = STATE_NEXT;
  return scan_structure (scanner, c);
}

static gboolean
scan_start (VtScanner *scanner, guint8 c)
{
  if (c == '{')
    return begin_container (scanner, TRUE);

  if (c == 0xef)
    return fault (scanner, "a byte order mark, or text before '{'");

  return expected (scanner, "'{'", c);
}

static gboolean
step (VtScanner *scanner, guint8 c)
{
  switch (scanner->state)
    {
    case STATE_IDLE:
      return scan_start (scanner, c);
    case STATE_KEY_OR_END:
    case STATE_KEY:
    case STATE_COLON:
    case STATE_VALUE_OR_END:
    case STATE_VALUE:
    case STATE_NEXT:
      return scan_structure (scanner, c);
    case STATE_STRING:
      return scan_string (scanner, c);
    case STATE_UTF8:
      return scan_utf8 (scanner, c);
    case STATE_ESCAPE:
      return scan_escape (scanner, c);
    case STATE_HEX:
      return scan_hex (scanner, c);
    case STATE_LOW_BACKSLASH:
    case STATE_LOW_U:
      return scan_low (scanner, c);
    case STATE_LITERAL:
      return scan_literal (scanner, c);
    case STATE_MINUS:
    case STATE_ZERO:
    case STATE_INTEGER:
    case STATE_DOT:
    case STATE_FRACTION:
    case STATE_E:
    case STATE_SIGN:
    case STATE_EXPONENT:
      return scan_number (scanner, c);
    case STATE_DONE:
    case STATE_DROPPING:
    case STATE_N_STATES:
    default:
      g_return_val_if_reached (FALSE);
    }
}

/* One byte that belongs to a frame. */
static VtScanResult
take (VtScanner *scanner, guint8 c)
{
  gboolean good = make_room (scanner);

  if (good)
    {
      scanner->frame[scanner->len] = '\0';
      good = step (scanner, c);
    }
  if (!good)
    {
      forget (scanner);
      scanner->state = c == '\n' ? STATE_IDLE : STATE_DROPPING;
      return VT_SCAN_FAULT;
    }

  scanner->frame[scanner->len++] = c;
  return scanner->state == STATE_DONE ? VT_SCAN_FRAME : VT_SCAN_MORE;
}

/* What a string holds of plain ASCII, in one go. Returns: how many bytes were taken */
static gsize
take_plain (VtScanner *scanner, const guint8 *data, gsize len)
{
  gsize n = 0;

  len = MIN (len, scanner->size - 1 - scanner->len);
  while (n < len && data[n] >= 0x20 && data[n] < 0x80 && data[n] != '"' && data[n] != '\\')
    n++;

  memcpy (scanner->frame + scanner->len, data, n);
  scanner->len += n;
  return n;
}

/* What belongs to a fault. Returns: how many bytes were dropped */
static gsize
drop (VtScanner *scanner, const guint8 *data, gsize len)
{
  gsize n = 0;

  while (n < len && data[n] != '\n' && data[n] != 0xff)
    n++;

  if (n == len)
    return n;

  scanner->state = STATE_IDLE;
  return n + 1;
}

VtScanner *
vt_scanner_new (const VtScannerLimits *limits)
{
  VtScanner *scanner = g_new0 (VtScanner, 1);

  g_assert (limits->max_depth > 0 && limits->max_depth <= DEPTH_MAX);
  g_assert (limits->max_tokens > 0 && limits->max_tokens <= G_MAXUINT32 / 4);
  g_assert (limits->max_frame > 0 && limits->max_frame <= G_MAXUINT32);

  scanner->limits = *limits;
  vt_keyset_init (&scanner->keys);
  set_size (scanner, rest_size (scanner));
  return scanner;
}

void
vt_scanner_free (VtScanner *scanner)
{
  vt_keyset_clear (&scanner->keys);
  g_free (scanner->frame);
  g_free (scanner);
}

VtScanResult
vt_scanner_feed (VtScanner *scanner, const guint8 **data, gsize *len, GError **error)
{
  const guint8 *p = *data, *end = p + *len;
  VtScanResult result = VT_SCAN_MORE;

  if (scanner->state == STATE_DONE)
    forget (scanner);

  while (p < end && result == VT_SCAN_MORE)
    {
      if (scanner->state == STATE_DROPPING)
        p += drop (scanner, p, end - p);
      else if (*p == 0xff)
        {
          forget (scanner);
          p++;
        }
      else if (scanner->state == STATE_IDLE && is_space (*p))
        p++;
      else
        {
          if (scanner->state == STATE_STRING)
            p += take_plain (scanner, p, end - p);
          if (p < end && *p != 0xff)
            result = take (scanner, *p++);
        }
    }

  *data = p;
  *len = end - p;
  if (result == VT_SCAN_FRAME)
    scanner->frame[scanner->len] = '\0';
  if (result == VT_SCAN_FAULT)
    g_propagate_error (error, g_steal_pointer (&scanner->error));

  return result;
}

const char *
vt_scanner_get_frame (const VtScanner *scanner, gsize *ret_len)
{
  g_return_val_if_fail (scanner->state == STATE_DONE, NULL);

  if (ret_len != NULL)
    *ret_len = scanner->len;

  return (const char *) scanner->frame;
}

void
vt_scanner_reset (VtScanner *scanner)
{
  forget (scanner);
}

gboolean
vt_scanner_is_partial (const VtScanner *scanner)
{
  return scanner->state > STATE_DROPPING;
}
