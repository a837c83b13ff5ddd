/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/engine/matching.h"

/* Moves the record to @key: its device has that name now. */
static void
rename_record (VtState *state, const VtRecord *record, const char *key)
{
  g_autoptr (VtRecord) renamed = vt_record_copy (record);

  g_free (renamed->key);
  renamed->key = g_strdup (key);
  vt_state_put_record (state, renamed);
}

static GPtrArray *
match (VtState *state, const VtAttributes *attributes, const char *prefix)
{
  g_autoptr (GPtrArray) moved = g_ptr_array_new_with_free_func ((GDestroyNotify) vt_record_free);
  GPtrArray *gone = g_ptr_array_new_with_free_func ((GDestroyNotify) vt_record_free);
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, vt_state_get_records (state));
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      const VtRecord *record = value;
      const VtAttribute *attribute
          = vt_attributes_find_identity (attributes, record->key, record->identity);

      if (attribute == NULL && g_str_has_prefix (record->key, prefix))
        g_ptr_array_add (gone, vt_record_copy (record));
      else if (attribute != NULL && !g_str_equal (attribute->key, record->key))
        g_ptr_array_add (moved, vt_record_copy (record));
    }

  for (guint i = 0; i < gone->len; i++)
    vt_state_drop_record (state, ((const VtRecord *) g_ptr_array_index (gone, i))->key);
  for (guint i = 0; i < moved->len; i++)
    vt_state_drop_record (state, ((const VtRecord *) g_ptr_array_index (moved, i))->key);
  for (guint i = 0; i < moved->len; i++)
    {
      const VtRecord *record = g_ptr_array_index (moved, i);

      rename_record (state, record,
                     vt_attributes_find_identity (attributes, record->key, record->identity)->key);
    }

  return gone;
}

GPtrArray *
vt_matching_all (VtState *state, const VtAttributes *attributes)
{
  return match (state, attributes, "");
}

void
vt_matching_some (VtState *state,
                  const VtAttributes *attributes,
                  const char *section,
                  const char *device)
{
  g_autofree char *prefix = device != NULL ? g_strdup_printf ("%s/%s/", section, device)
                                           : g_strdup_printf ("%s/", section);
  g_autoptr (GPtrArray) gone G_GNUC_UNUSED = match (state, attributes, prefix);
}
