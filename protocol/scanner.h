/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Bytes in, frames or one fault out. Finds the end of each JSON object by
 * brace balance outside strings (no newline is needed between two), and on
 * the way holds the bytes to RFC 8259 and to our bounds, so that no parser
 * ever sees what could hurt it: frame size, depth, number of tokens, UTF-8,
 * control bytes, strict numbers within the range of a 64-bit integer or a
 * finite double, no \u0000, no lone surrogate, no duplicate key. The top
 * level of a frame is an object, else it is a fault.
 *
 * After a fault all bytes up to the next newline or 0xFF are dropped, and one
 * fault is told. 0xFF, which is never UTF-8, resets the scanner in silence.
 * It owns no descriptor and builds no tree.
 */

#include <glib.h>

typedef struct
{
  gsize max_frame;  /* bytes of one frame */
  guint max_depth;  /* nested objects and arrays, the outermost counts as 1 */
  guint max_tokens; /* values, keys and brackets of one frame */
} VtScannerLimits;

/* What a client may send to the agent: 1 MiB, 32, 64 Ki tokens. */
extern const VtScannerLimits vt_scanner_request_limits;
/* What a guest may answer to the shim: 8 MiB, 32, 1 Mi tokens. */
extern const VtScannerLimits vt_scanner_reply_limits;

typedef enum
{
  VT_SCAN_MORE,  /* all input was taken, no frame has ended in it */
  VT_SCAN_FRAME, /* a frame is ready: vt_scanner_get_frame() */
  VT_SCAN_FAULT, /* *error is set; what belongs to the fault will be dropped */
} VtScanResult;

typedef struct VtScanner VtScanner;

VtScanner *vt_scanner_new (const VtScannerLimits *limits);
void vt_scanner_free (VtScanner *scanner);

/*
 * Takes bytes from *@data until a frame ends, a fault is found or all @len
 * are taken, and moves *@data and *@len behind what it took. Call it again
 * until it answers VT_SCAN_MORE. *@error (VT_ERROR_GENERIC, as qga does) is
 * set with VT_SCAN_FAULT alone.
 */
VtScanResult vt_scanner_feed (VtScanner *scanner, const guint8 **data, gsize *len, GError **error);

/* The frame of the last VT_SCAN_FRAME, NUL-terminated; valid until the next feed or reset. */
const char *vt_scanner_get_frame (const VtScanner *scanner, gsize *ret_len);

/* Forgets partial input: the peer has gone, or said 0xFF. Gives memory back to the resting size. */
void vt_scanner_reset (VtScanner *scanner);

/* Whether a frame has begun and not ended. */
gboolean vt_scanner_is_partial (const VtScanner *scanner);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtScanner, vt_scanner_free)
