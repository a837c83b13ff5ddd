/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Bytes that wait to be written, up to a bound. It writes nothing itself, and
 * gives its memory back when what was large has left.
 */

#include <glib.h>

/* Far above what may wait before requests are no longer read: one reply never reaches it. */
#define VT_OUTBOX_MAX (16 * 1024 * 1024)

typedef struct
{
  char *bytes;
  gsize size; /* allocated */
  gsize head; /* first byte that waits */
  gsize tail; /* behind the last one */
} VtOutbox;

/* FALSE where the bound would be passed; then nothing is taken. */
gboolean vt_outbox_put (VtOutbox *outbox, const void *bytes, gsize len) G_GNUC_WARN_UNUSED_RESULT;

/* What waits. */
const char *vt_outbox_peek (const VtOutbox *outbox, gsize *ret_len);
gsize vt_outbox_length (const VtOutbox *outbox);

/* The first @len bytes have left. */
void vt_outbox_take (VtOutbox *outbox, gsize len);

void vt_outbox_clear (VtOutbox *outbox);
