/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/engine/misfits.h"

static gboolean
is_pattern (const VtWant *want)
{
  return want != NULL && (want->flags & VT_WANT_BY_HOST) != 0 && (want->flags & VT_WANT_FRESH) != 0
         && !vt_want_is_exact (want);
}

/* Whether the attribute cannot have the value, or its device refused it. "auto" may have nothing to
 * do anywhere. */
static gboolean
is_refused (const VtItem *item)
{
  return item->misfit != NULL
         || (!vt_want_is_automatic (item->want)
             && (item->refused || item->outcome == VT_OUTCOME_REFUSED));
}

/* Set of the patterns that an attribute satisfies. (transfer full) */
static GHashTable *
collect_satisfied (const GPtrArray *items)
{
  GHashTable *satisfied = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < items->len; i++)
    {
      const VtItem *item = g_ptr_array_index (items, i);

      if (is_pattern (item->want) && !is_refused (item))
        g_hash_table_add (satisfied, (gpointer) item->want);
    }

  return satisfied;
}

/* The items whose pattern no attribute satisfies; they stay @items'. (transfer full) */
static GPtrArray *
list_refused (const GPtrArray *items)
{
  g_autoptr (GHashTable) satisfied = collect_satisfied (items);
  GPtrArray *refused = g_ptr_array_new ();

  for (guint i = 0; i < items->len; i++)
    {
      VtItem *item = g_ptr_array_index (items, i);

      if (is_pattern (item->want) && !g_hash_table_contains (satisfied, item->want))
        g_ptr_array_add (refused, item);
    }

  return refused;
}

void
vt_misfits_refuse (const GPtrArray *items)
{
  g_autoptr (GPtrArray) refused = list_refused (items);

  for (guint i = 0; i < refused->len; i++)
    {
      VtItem *item = g_ptr_array_index (refused, i);

      if (item->misfit == NULL)
        continue;

      item->verdict = VT_VERDICT_FAULT;
      item->fault = g_steal_pointer (&item->misfit);
    }
}

const VtItem *
vt_misfits_find_refused (const GPtrArray *items)
{
  g_autoptr (GPtrArray) refused = list_refused (items);

  return refused->len > 0 ? g_ptr_array_index (refused, 0) : NULL;
}
