/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Bytes that were read from an endpoint, and the scanner that splits them into
 * frames. It decides nothing about when to read.
 */

#include <glib.h>

#include "agent/channel/endpoint.h"
#include "protocol/scanner.h"

#define VT_INBOX_SIZE 4096 /* bytes; a virtio port returns at most one page for each read */

typedef struct
{
  VtScanner *scanner;
  gsize head; /* the first byte that was not scanned */
  gsize len;  /* bytes that were not scanned */
  guint8 bytes[VT_INBOX_SIZE];
} VtInbox;

void vt_inbox_init (VtInbox *inbox);
void vt_inbox_clear (VtInbox *inbox);

/* Whether all bytes were scanned. */
gboolean vt_inbox_is_empty (const VtInbox *inbox);

/*
 * Reads once from @endpoint; the inbox must be empty.
 * Returns: the number of bytes, 0 at the end of the stream, or a negative errno.
 */
gssize vt_inbox_read (VtInbox *inbox, VtEndpoint *endpoint);

/*
 * Scans up to the next frame or fault.
 * @ret_frame, @ret_len: (transfer none): the frame, valid until the next call.
 */
VtScanResult vt_inbox_next (VtInbox *inbox, const char **ret_frame, gsize *ret_len, GError **fault);

/* Drops the beginning of a frame whose rest was not scanned yet. */
void vt_inbox_drop_partial (VtInbox *inbox);
/* Drops all bytes. */
void vt_inbox_drop_all (VtInbox *inbox);
