/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Splits a stream of bytes into frames, each one JSON object, or reports a
 * fault. An object ends where its braces balance outside strings; no newline
 * is needed between two objects. The scanner also checks all bytes against RFC
 * 8259 and our bounds, so that no parser gets dangerous input: frame size,
 * depth, number of tokens, UTF-8, no control bytes, strict numbers within the
 * range of a 64-bit integer or a finite double, no \u0000, no lone surrogate,
 * no duplicate key. A frame that is no object is a fault.
 *
 * After a fault, all bytes up to the next newline or 0xFF are dropped, and only
 * one fault is reported. 0xFF never occurs in UTF-8; it resets the scanner
 * without a fault. It owns no descriptor and builds no tree.
 */

#include <glib.h>

typedef struct
{
  gsize max_frame;  /* bytes of one frame */
  guint max_depth;  /* nested objects and arrays, the outermost counts as 1 */
  guint max_tokens; /* values, keys and brackets of one frame */
} VtScannerLimits;

/* For requests to the agent: 1 MiB, depth 32, 64 Ki tokens. */
extern const VtScannerLimits vt_scanner_request_limits;
/* For replies of a guest to the shim: 8 MiB, depth 32, 1 Mi tokens. */
extern const VtScannerLimits vt_scanner_reply_limits;

typedef enum
{
  VT_SCAN_MORE,  /* all input was taken, and no frame has ended */
  VT_SCAN_FRAME, /* a frame is ready: vt_scanner_get_frame() */
  VT_SCAN_FAULT, /* *error is set; the bytes after the fault will be dropped */
} VtScanResult;

typedef struct VtScanner VtScanner;

VtScanner *vt_scanner_new (const VtScannerLimits *limits);
void vt_scanner_free (VtScanner *scanner);

/*
 * Takes bytes from *@data until a frame ends, a fault is found, or all *@len
 * bytes are taken. Advances *@data and *@len past the bytes that it took. Call
 * it again until it returns VT_SCAN_MORE. *@error (VT_ERROR_GENERIC, as in
 * qga) is set only with VT_SCAN_FAULT.
 */
VtScanResult vt_scanner_feed (VtScanner *scanner, const guint8 **data, gsize *len, GError **error);

/* The frame of the last VT_SCAN_FRAME, NUL-terminated; valid until the next feed or reset. */
const char *vt_scanner_get_frame (const VtScanner *scanner, gsize *ret_len);

/* Drops partial input, for example when the peer has gone. Frees memory beyond the initial size. */
void vt_scanner_reset (VtScanner *scanner);

/* Whether a frame has begun and not ended. */
gboolean vt_scanner_is_partial (const VtScanner *scanner);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtScanner, vt_scanner_free)
