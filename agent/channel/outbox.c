/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/channel/outbox.h"

#include <errno.h>
#include <string.h>

/* Bytes that an empty outbox keeps allocated, so that most replies need no allocation. */
#define SIZE_WHEN_EMPTY 4096

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

/* Makes @len bytes free behind the tail: moves the bytes to the front, and grows the buffer if that
 * is not enough. */
static void
reserve (VtOutbox *outbox, gsize len)
{
  gsize used = vt_outbox_length (outbox);

  if (outbox->size - outbox->tail >= len)
    return;

  if (used > 0)
    memmove (outbox->bytes, outbox->bytes + outbox->head, used);
  outbox->head = 0;
  outbox->tail = used;
  if (outbox->size - used >= len)
    return;

  outbox->size = MAX (MAX (outbox->size * 2, SIZE_WHEN_EMPTY), used + len);
  outbox->bytes = g_realloc (outbox->bytes, outbox->size);
}

gboolean
vt_outbox_append (VtOutbox *outbox, const void *bytes, gsize len)
{
  if (len > VT_OUTBOX_MAX - vt_outbox_length (outbox))
    return FALSE;
  if (len == 0)
    return TRUE;

  reserve (outbox, len);
  memcpy (outbox->bytes + outbox->tail, bytes, len);
  outbox->tail += len;

  return TRUE;
}

void
vt_outbox_remove (VtOutbox *outbox, gsize len)
{
  g_return_if_fail (len <= vt_outbox_length (outbox));

  outbox->head += len;
  if (outbox->head < outbox->tail)
    return;

  outbox->head = outbox->tail = 0;
  if (outbox->size > SIZE_WHEN_EMPTY)
    vt_outbox_clear (outbox);
}

void
vt_outbox_clear (VtOutbox *outbox)
{
  g_free (outbox->bytes);
  *outbox = (VtOutbox){ 0 };
}

int
vt_outbox_write (VtOutbox *outbox, VtEndpoint *endpoint)
{
  while (vt_outbox_length (outbox) > 0)
    {
      gsize len;
      const char *bytes = vt_outbox_peek (outbox, &len);
      gssize n = vt_endpoint_write (endpoint, bytes, len);

      if (n == -EAGAIN || n == 0)
        return 0;
      if (n < 0)
        return (int) n;
      vt_outbox_remove (outbox, (gsize) n);
    }

  return 0;
}
