/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/channel/outbox.h"

#include <string.h>

/* What an empty outbox keeps, so that ordinary replies allocate nothing. */
#define SIZE_AT_REST 4096

gsize
vt_outbox_length (const VtOutbox *outbox)
{
  return outbox->tail - outbox->head;
}

const char *
vt_outbox_peek (const VtOutbox *outbox, gsize *ret_len)
{
  *ret_len = vt_outbox_length (outbox);

  return outbox->bytes + outbox->head;
}

/* Moves what waits to the front, into more room where that does not suffice. */
static void
make_room (VtOutbox *outbox, gsize len)
{
  gsize waiting = vt_outbox_length (outbox);

  if (outbox->size - outbox->tail >= len)
    return;

  if (waiting > 0)
    memmove (outbox->bytes, outbox->bytes + outbox->head, waiting);
  outbox->head = 0;
  outbox->tail = waiting;
  if (outbox->size - waiting >= len)
    return;

  outbox->size = MAX (MAX (outbox->size * 2, SIZE_AT_REST), waiting + len);
  outbox->bytes = g_realloc (outbox->bytes, outbox->size);
}

gboolean
vt_outbox_put (VtOutbox *outbox, const void *bytes, gsize len)
{
  if (len > VT_OUTBOX_MAX - vt_outbox_length (outbox))
    return FALSE;
  if (len == 0)
    return TRUE;

  make_room (outbox, len);
  memcpy (outbox->bytes + outbox->tail, bytes, len);
  outbox->tail += len;

  return TRUE;
}

void
vt_outbox_take (VtOutbox *outbox, gsize len)
{
  g_return_if_fail (len <= vt_outbox_length (outbox));

  outbox->head += len;
  if (outbox->head < outbox->tail)
    return;

  outbox->head = outbox->tail = 0;
  if (outbox->size > SIZE_AT_REST)
    vt_outbox_clear (outbox);
}

void
vt_outbox_clear (VtOutbox *outbox)
{
  g_free (outbox->bytes);
  *outbox = (VtOutbox){ 0 };
}
