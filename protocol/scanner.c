/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "protocol/scanner.h"

#include <malloc.h>
#include <string.h>

#include "protocol/error.h"
#include "protocol/grammar.h"

#define REST_SIZE   4096
#define SHRINK_SIZE 65536

const VtScannerLimits vt_scanner_request_limits = { 1 << 20, 32, 1 << 16 };
const VtScannerLimits vt_scanner_reply_limits = { 8 << 20, 32, 1 << 20 };

typedef enum
{
  MODE_IDLE,     /* between frames */
  MODE_PARTIAL,  /* in a frame */
  MODE_DONE,     /* a frame is being looked at */
  MODE_DROPPING, /* after a fault */
} Mode;

struct VtScanner
{
  VtScannerLimits limits;
  Mode mode;
  guint8 *frame;
  gsize size; /* room of frame, one byte of it for the NUL; grammar.len bytes are taken */
  VtGrammar grammar;
};

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
  scanner->grammar.text = scanner->frame;
}

static gsize
rest_size (const VtScanner *scanner)
{
  return MIN (REST_SIZE, scanner->limits.max_frame + 1);
}

/* Room for one more byte and the NUL behind it, unless the frame has its full length. */
static gboolean
make_room (VtScanner *scanner)
{
  gsize max = scanner->limits.max_frame;

  if (scanner->grammar.len + 1 < scanner->size)
    return TRUE;

  if (scanner->grammar.len >= max)
    return vt_error_set (&scanner->grammar.error, VT_ERROR_GENERIC,
                         "Invalid JSON at byte %" G_GSIZE_FORMAT ": longer than %" G_GSIZE_FORMAT
                         " bytes",
                         scanner->grammar.len, max);

  set_size (scanner, MIN (scanner->size * 2, max + 1));
  return TRUE;
}

/* Forgets the frame; a large one's memory goes back to the system at once. */
static void
forget (VtScanner *scanner)
{
  gboolean shrink = scanner->size > SHRINK_SIZE;

  scanner->mode = MODE_IDLE;
  vt_grammar_reset (&scanner->grammar);
  if (!shrink)
    return;

  g_clear_pointer (&scanner->frame, g_free);
  set_size (scanner, rest_size (scanner));

  /* malloc(3) raises its mmap threshold to the largest block that was freed,
   * and would keep the next one: mallopt(3), M_MMAP_THRESHOLD. */
  (void) malloc_trim (0);
}

/* One byte that belongs to a frame. */
static VtScanResult
take (VtScanner *scanner, guint8 c)
{
  VtGrammar *grammar = &scanner->grammar;
  gboolean good = make_room (scanner);

  if (good)
    {
      scanner->frame[grammar->len] = '\0';
      good = vt_grammar_step (grammar, c);
    }

  if (!good)
    {
      forget (scanner);
      scanner->mode = c == '\n' ? MODE_IDLE : MODE_DROPPING;
      return VT_SCAN_FAULT;
    }

  scanner->frame[grammar->len++] = c;
  scanner->mode = grammar->state == VT_STATE_END ? MODE_DONE : MODE_PARTIAL;
  return scanner->mode == MODE_DONE ? VT_SCAN_FRAME : VT_SCAN_MORE;
}

/* What a string holds of plain ASCII, in one go. Returns: how many bytes were taken */
static gsize
take_plain (VtScanner *scanner, const guint8 *data, gsize len)
{
  VtGrammar *grammar = &scanner->grammar;
  gsize n = 0;

  if (!vt_grammar_in_plain_string (grammar))
    return 0;

  len = MIN (len, scanner->size - 1 - grammar->len);
  while (n < len && data[n] >= 0x20 && data[n] < 0x80 && data[n] != '"' && data[n] != '\\')
    n++;

  memcpy (scanner->frame + grammar->len, data, n);
  grammar->len += n;
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

  scanner->mode = MODE_IDLE;
  return n + 1;
}

/* What is in no frame, or ends one without a word. Returns: how many bytes were passed over */
static gsize
skip (VtScanner *scanner, const guint8 *data, gsize len)
{
  if (scanner->mode == MODE_DROPPING)
    return drop (scanner, data, len);

  if (*data == 0xff)
    {
      forget (scanner);
      return 1;
    }

  return scanner->mode == MODE_IDLE && is_space (*data) ? 1 : 0;
}

VtScanner *
vt_scanner_new (const VtScannerLimits *limits)
{
  VtScanner *scanner = g_new0 (VtScanner, 1);

  g_assert (limits->max_depth > 0 && limits->max_depth <= VT_GRAMMAR_DEPTH_MAX);
  g_assert (limits->max_tokens > 0 && limits->max_tokens <= G_MAXUINT32 / 4);
  g_assert (limits->max_frame > 0 && limits->max_frame <= G_MAXUINT32);

  scanner->limits = *limits;
  vt_grammar_init (&scanner->grammar, &scanner->limits);
  set_size (scanner, rest_size (scanner));
  return scanner;
}

void
vt_scanner_free (VtScanner *scanner)
{
  vt_grammar_clear (&scanner->grammar);
  g_free (scanner->frame);
  g_free (scanner);
}

VtScanResult
vt_scanner_feed (VtScanner *scanner, const guint8 **data, gsize *len, GError **error)
{
  const guint8 *p = *data, *end = p + *len;
  VtScanResult result = VT_SCAN_MORE;

  if (scanner->mode == MODE_DONE)
    forget (scanner);

  while (p < end && result == VT_SCAN_MORE)
    {
      gsize n = skip (scanner, p, end - p);

      if (n == 0)
        n = take_plain (scanner, p, end - p);

      if (n == 0)
        {
          result = take (scanner, *p);
          n = 1;
        }

      p += n;
    }

  *data = p;
  *len = end - p;
  if (result == VT_SCAN_FRAME)
    scanner->frame[scanner->grammar.len] = '\0';
  if (result == VT_SCAN_FAULT)
    g_propagate_error (error, g_steal_pointer (&scanner->grammar.error));

  return result;
}

const char *
vt_scanner_get_frame (const VtScanner *scanner, gsize *ret_len)
{
  g_return_val_if_fail (scanner->mode == MODE_DONE, NULL);

  if (ret_len != NULL)
    *ret_len = scanner->grammar.len;

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
  return scanner->mode == MODE_PARTIAL;
}
