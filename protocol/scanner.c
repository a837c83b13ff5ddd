/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "protocol/scanner.h"

#include <malloc.h>
#include <string.h>

#include "protocol/error.h"
#include "protocol/grammar.h"

#define INITIAL_SIZE 4096
#define SHRINK_SIZE  65536

const VtScannerLimits vt_scanner_request_limits = { 1 << 20, 32, 1 << 16 };
const VtScannerLimits vt_scanner_reply_limits = { 8 << 20, 32, 1 << 20 };

typedef enum
{
  MODE_IDLE,     /* between frames */
  MODE_PARTIAL,  /* inside a frame */
  MODE_DONE,     /* the frame is complete, and the caller may read it */
  MODE_DROPPING, /* after a fault, up to the next newline or 0xFF */
} Mode;

struct VtScanner
{
  VtScannerLimits limits;
  Mode mode;
  guint8 *frame;
  gsize size; /* allocated bytes of frame, with one for the NUL; grammar.len of them are in use */
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
initial_size (const VtScanner *scanner)
{
  return MIN (INITIAL_SIZE, scanner->limits.max_frame + 1);
}

/* Makes room for one more byte and a NUL. FALSE: the frame has its maximum length. */
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

/* Drops the frame. The memory of a large frame is returned to the system at once. */
static void
drop_frame (VtScanner *scanner)
{
  gboolean shrink = scanner->size > SHRINK_SIZE;

  scanner->mode = MODE_IDLE;
  vt_grammar_reset (&scanner->grammar);
  if (!shrink)
    return;

  g_clear_pointer (&scanner->frame, g_free);
  set_size (scanner, initial_size (scanner));

  /* After a large block was freed, malloc(3) takes blocks of that size from the
   * heap, and keeps them when they are freed (mallopt(3), M_MMAP_THRESHOLD). */
  (void) malloc_trim (0);
}

/* Takes one byte of a frame. */
static VtScanResult
take_byte (VtScanner *scanner, guint8 c)
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
      drop_frame (scanner);
      scanner->mode = c == '\n' ? MODE_IDLE : MODE_DROPPING;
      return VT_SCAN_FAULT;
    }

  scanner->frame[grammar->len++] = c;
  scanner->mode = grammar->state == VT_STATE_END ? MODE_DONE : MODE_PARTIAL;
  return scanner->mode == MODE_DONE ? VT_SCAN_FRAME : VT_SCAN_MORE;
}

/* Takes a run of plain ASCII bytes in a string at once. Returns: the number of bytes taken */
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

/* Drops the bytes after a fault, up to the next newline or 0xFF. Returns: the number of bytes
 * dropped */
static gsize
drop_after_fault (VtScanner *scanner, const guint8 *data, gsize len)
{
  gsize n = 0;

  while (n < len && data[n] != '\n' && data[n] != 0xff)
    n++;

  if (n == len)
    return n;

  scanner->mode = MODE_IDLE;
  return n + 1;
}

/* Skips bytes that are part of no frame, and 0xFF, which ends a frame without a fault.
 * Returns: the number of bytes skipped */
static gsize
skip_between_frames (VtScanner *scanner, const guint8 *data, gsize len)
{
  if (scanner->mode == MODE_DROPPING)
    return drop_after_fault (scanner, data, len);

  if (*data == 0xff)
    {
      drop_frame (scanner);
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
  set_size (scanner, initial_size (scanner));
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
    drop_frame (scanner);

  while (p < end && result == VT_SCAN_MORE)
    {
      gsize n = skip_between_frames (scanner, p, end - p);

      if (n == 0)
        n = take_plain (scanner, p, end - p);

      if (n == 0)
        {
          result = take_byte (scanner, *p);
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
  drop_frame (scanner);
}

gboolean
vt_scanner_is_partial (const VtScanner *scanner)
{
  return scanner->mode == MODE_PARTIAL;
}
