/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/engine/planner.h"

static void
add_disturber (GHashTable *disturbers, const char *key, VtAttribute *attribute)
{
  GPtrArray *list = g_hash_table_lookup (disturbers, key);

  if (list == NULL)
    {
      list = g_ptr_array_new ();
      g_hash_table_insert (disturbers, (char *) key, list);
    }

  g_ptr_array_add (list, attribute);
}

GHashTable *
vt_planner_collect_disturbers (const VtAttributes *attributes)
{
  GHashTable *disturbers
      = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) g_ptr_array_unref);

  for (guint i = 0; i < attributes->list->len; i++)
    {
      VtAttribute *attribute = g_ptr_array_index (attributes->list, i);

      for (guint j = 0; attribute->disturbs != NULL && attribute->disturbs[j] != NULL; j++)
        add_disturber (disturbers, attribute->disturbs[j], attribute);
    }

  return disturbers;
}

gboolean
vt_planner_is_disturbed (const VtPlanner *planner, const VtAttribute *attribute)
{
  const GPtrArray *disturbers = g_hash_table_lookup (planner->disturbers, attribute->key);

  /* The disturbers have lower ranks, so they are planned already. */
  for (guint i = 0; disturbers != NULL && i < disturbers->len; i++)
    {
      const VtAttribute *other = g_ptr_array_index (disturbers, i);
      const VtItem *item = g_hash_table_lookup (planner->items, other->key);

      if (item != NULL && item->verdict == VT_VERDICT_WRITE)
        return TRUE;
    }

  return FALSE;
}

/* Whether a setting changes @disturber, and this plan leaves it so. */
static gboolean
stays_changed (const VtPlanner *planner, const VtAttribute *disturber)
{
  const VtItem *item = g_hash_table_lookup (planner->items, disturber->key);

  if (vt_precedence_get (planner->precedence, disturber) == NULL)
    return FALSE;
  if (item == NULL)
    return vt_planner_find_record (planner, disturber) != NULL;

  return !item->restores && item->record->wanted != NULL
         && !vt_attribute_equal (disturber, item->record->wanted, item->record->original);
}

const VtAttribute *
vt_planner_find_holder (const VtPlanner *planner, const VtAttribute *attribute)
{
  const GPtrArray *disturbers = g_hash_table_lookup (planner->disturbers, attribute->key);

  for (guint i = 0; disturbers != NULL && i < disturbers->len; i++)
    {
      const VtAttribute *other = g_ptr_array_index (disturbers, i);

      if (stays_changed (planner, other))
        return other;
    }

  return NULL;
}
