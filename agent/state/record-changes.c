/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/state/record-changes.h"

static void
free_record (gpointer record)
{
  if (record != NULL)
    vt_record_free (record);
}

VtRecordChanges *
vt_record_changes_new (GHashTable *records)
{
  VtRecordChanges *changes = g_new0 (VtRecordChanges, 1);

  changes->below = records;
  changes->changed = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, free_record);

  return changes;
}

void
vt_record_changes_free (VtRecordChanges *changes)
{
  g_hash_table_unref (changes->changed);
  g_free (changes);
}

const VtRecord *
vt_record_changes_get (const VtRecordChanges *changes, const char *key)
{
  gpointer record;

  if (g_hash_table_lookup_extended (changes->changed, key, NULL, &record))
    return record;

  return g_hash_table_lookup (changes->below, key);
}

static gboolean
is_equal (const VtRecord *a, const VtRecord *b)
{
  return g_strcmp0 (a->wanted, b->wanted) == 0 && g_str_equal (a->original, b->original)
         && g_str_equal (a->identity, b->identity);
}

void
vt_record_changes_put (VtRecordChanges *changes, const VtRecord *record)
{
  const VtRecord *old = vt_record_changes_get (changes, record->key);
  VtRecord *copy;

  if (old != NULL && is_equal (old, record))
    return;

  copy = vt_record_copy (record);
  g_clear_pointer (&copy->before, g_free);
  g_hash_table_replace (changes->changed, g_strdup (record->key), copy);
}

void
vt_record_changes_drop (VtRecordChanges *changes, const char *key)
{
  if (vt_record_changes_get (changes, key) != NULL)
    g_hash_table_replace (changes->changed, g_strdup (key), NULL);
}
