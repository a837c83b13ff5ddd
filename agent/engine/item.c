/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/engine/item.h"

VtItem *
vt_item_new (const VtAttribute *attribute, const char *key, const VtWant *want, VtVerdict verdict)
{
  VtItem *item = g_new0 (VtItem, 1);

  item->attribute = attribute;
  item->want = want;
  item->verdict = verdict;
  item->record = vt_record_new (attribute != NULL ? attribute->key : key,
                                attribute != NULL ? attribute->identity : NULL, NULL, NULL, NULL);

  return item;
}

void
vt_item_free (VtItem *item)
{
  vt_record_free (item->record);
  g_free (item->reason);
  g_clear_error (&item->misfit);
  g_clear_error (&item->fault);
  g_free (item);
}

gboolean
vt_item_is_entry (const VtItem *item)
{
  return item->attribute != NULL
         && (item->verdict == VT_VERDICT_WRITE || item->verdict == VT_VERDICT_DISTURBED
             || (item->verdict == VT_VERDICT_KEEP && item->disturbed));
}

int
vt_item_compare (gconstpointer a, gconstpointer b)
{
  const VtItem *first = *(const VtItem *const *) a;
  const VtItem *second = *(const VtItem *const *) b;
  const int first_rank = first->attribute != NULL ? (int) first->attribute->rank : G_MAXINT;
  const int second_rank = second->attribute != NULL ? (int) second->attribute->rank : G_MAXINT;

  if (first_rank != second_rank)
    return first_rank < second_rank ? -1 : 1;

  return strcmp (first->record->key, second->record->key);
}
