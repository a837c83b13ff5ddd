/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/engine/outcome.h"

#include "agent/engine/attributes.h"

static gboolean
is_original (const VtItem *item)
{
  return vt_attribute_equal (item->attribute, item->record->wanted, item->record->original);
}

/* Whether the item's value did not become what was planned. */
static gboolean
is_unchanged (const VtItem *item)
{
  return item->record->wanted == NULL || item->outcome == VT_OUTCOME_FAILED
         || item->outcome == VT_OUTCOME_REFUSED || item->verdict == VT_VERDICT_DRIFT;
}

static void
add_item (VtRecordChanges *changes, const VtItem *item)
{
  const VtRecord *record = item->record;

  if (item->attribute == NULL || record->original == NULL)
    return;

  if (item->verdict == VT_VERDICT_OTHERS)
    vt_record_changes_drop (changes, record->key);
  else if (is_unchanged (item))
    return;
  else if (is_original (item) && item->attribute->counterpart == NULL)
    vt_record_changes_drop (changes, record->key);
  else if (item->known || vt_item_is_entry (item))
    vt_record_changes_put (changes, record);
}

static gboolean
has_original (const VtRecordChanges *changes, const char *key)
{
  const VtRecord *record = vt_record_changes_get (changes, key);

  return record == NULL || g_str_equal (record->wanted, record->original);
}

/* The two records of a pair are dropped together, when both members have their originals. */
static void
drop_restored_pair (VtRecordChanges *changes, const VtItem *item)
{
  const VtAttribute *attribute = item->attribute;

  if (attribute == NULL || attribute->counterpart == NULL || !has_original (changes, attribute->key)
      || !has_original (changes, attribute->counterpart))
    return;

  vt_record_changes_drop (changes, attribute->key);
  vt_record_changes_drop (changes, attribute->counterpart);
}

VtRecordChanges *
vt_outcome_of_items (const GPtrArray *items, GHashTable *records)
{
  VtRecordChanges *changes = vt_record_changes_new (records);

  for (guint i = 0; i < items->len; i++)
    add_item (changes, g_ptr_array_index (items, i));
  for (guint i = 0; i < items->len; i++)
    drop_restored_pair (changes, g_ptr_array_index (items, i));

  return changes;
}

VtRecordChanges *
vt_outcome_of_undone (const GPtrArray *items, GHashTable *records)
{
  g_autoptr (GPtrArray) stuck = g_ptr_array_new ();

  for (guint i = 0; i < items->len; i++)
    {
      VtItem *item = g_ptr_array_index (items, i);

      if (item->outcome == VT_OUTCOME_STUCK)
        g_ptr_array_add (stuck, item);
    }

  return vt_outcome_of_items (stuck, records);
}

/* Whether the write of another item may have changed @attribute. */
static gboolean
is_disturbed (const GPtrArray *items, const VtAttribute *attribute)
{
  for (guint i = 0; i < items->len; i++)
    {
      const VtAttribute *other = ((const VtItem *) g_ptr_array_index (items, i))->attribute;

      if (g_strcmp0 (other->counterpart, attribute->key) == 0
          || (other->disturbs != NULL
              && g_strv_contains ((const char *const *) other->disturbs, attribute->key)))
        return TRUE;
    }

  return FALSE;
}

/* Whether the change itself may have left the value that is there. */
static gboolean
may_be_ours (const GPtrArray *items, const VtItem *item, const VtSystem *system)
{
  const VtRecord *record = item->record;
  g_autofree char *actual = item->attribute->ops->read (item->attribute, system, NULL);

  if (actual == NULL)
    return FALSE;

  return record->wanted == NULL || is_disturbed (items, item->attribute)
         || vt_attribute_equal (item->attribute, actual, record->wanted)
         || vt_attribute_equal (item->attribute, actual, record->before);
}

void
vt_outcome_exclude_others (const GPtrArray *items, const VtSystem *system)
{
  for (guint i = 0; i < items->len; i++)
    {
      VtItem *item = g_ptr_array_index (items, i);

      if (!may_be_ours (items, item, system))
        item->verdict = VT_VERDICT_OTHERS;
    }
}
