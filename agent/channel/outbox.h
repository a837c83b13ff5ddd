/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A bounded queue of bytes to write to an endpoint. It frees its memory when a
 * large amount has been written. It does not decide when to write.
 */

#include <glib.h>

#include "agent/channel/endpoint.h"

/* Far above the limit at which a channel stops reading, so that one reply always fits. */
#define VT_OUTBOX_MAX (16 * 1024 * 1024)

typedef struct
{
  char *bytes;
  gsize size; /* allocated */
  gsize head; /* the first queued byte */
  gsize tail; /* the end of the queued bytes */
} VtOutbox;

/* FALSE: the queue would exceed VT_OUTBOX_MAX; nothing was added. */
gboolean
vt_outbox_append (VtOutbox *outbox, const void *bytes, gsize len) G_GNUC_WARN_UNUSED_RESULT;

/* Returns: (transfer none): the queued bytes */
const char *vt_outbox_peek (const VtOutbox *outbox, gsize *ret_len);
gsize vt_outbox_length (const VtOutbox *outbox);

/* Removes the first @len bytes. */
void vt_outbox_remove (VtOutbox *outbox, gsize len);

/* Writes until the queue is empty or the endpoint accepts no more. Returns: 0 or a negative errno.
 */
int vt_outbox_write (VtOutbox *outbox, VtEndpoint *endpoint) G_GNUC_WARN_UNUSED_RESULT;

void vt_outbox_clear (VtOutbox *outbox);
