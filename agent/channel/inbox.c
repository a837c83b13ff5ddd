/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/channel/inbox.h"

void
vt_inbox_init (VtInbox *inbox)
{
  inbox->head = 0;
  inbox->len = 0;
  inbox->scanner = vt_scanner_new (&vt_scanner_request_limits);
}

void
vt_inbox_clear (VtInbox *inbox)
{
  vt_scanner_free (inbox->scanner);
}

gboolean
vt_inbox_is_empty (const VtInbox *inbox)
{
  return inbox->len == 0;
}

gssize
vt_inbox_read (VtInbox *inbox, VtEndpoint *endpoint)
{
  gssize n = vt_endpoint_read (endpoint, inbox->bytes, sizeof inbox->bytes);

  if (n > 0)
    {
      inbox->head = 0;
      inbox->len = (gsize) n;
    }

  return n;
}

VtScanResult
vt_inbox_next (VtInbox *inbox, const char **ret_frame, gsize *ret_len, GError **fault)
{
  const guint8 *next = inbox->bytes + inbox->head;
  VtScanResult result = vt_scanner_feed (inbox->scanner, &next, &inbox->len, fault);

  inbox->head = (gsize) (next - inbox->bytes);
  if (result != VT_SCAN_MORE && result != VT_SCAN_FAULT)
    *ret_frame = vt_scanner_get_frame (inbox->scanner, ret_len);

  return result;
}

void
vt_inbox_drop_partial (VtInbox *inbox)
{
  vt_scanner_reset (inbox->scanner);
}

void
vt_inbox_drop_all (VtInbox *inbox)
{
  vt_scanner_reset (inbox->scanner);
  inbox->len = 0;
}
