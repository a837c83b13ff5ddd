/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/engine/attributes.h"

static int
compare_attributes (gconstpointer a, gconstpointer b)
{
  const VtAttribute *first = *(const VtAttribute *const *) a;
  const VtAttribute *second = *(const VtAttribute *const *) b;

  if (first->rank != second->rank)
    return first->rank < second->rank ? -1 : 1;

  return g_strcmp0 (first->key, second->key);
}

VtAttributes *
vt_attributes_enumerate (const VtTunable *const *tunables,
                         const VtSystem *system,
                         const char *section,
                         const char *device)
{
  VtAttributes *attributes = g_new0 (VtAttributes, 1);

  attributes->list = g_ptr_array_new_with_free_func ((GDestroyNotify) vt_attribute_free);
  attributes->by_key = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; tunables[i] != NULL; i++)
    {
      if (section == NULL || g_str_equal (tunables[i]->section, section))
        tunables[i]->enumerate (system, device, attributes->list);
    }

  g_ptr_array_sort (attributes->list, compare_attributes);

  for (guint i = 0; i < attributes->list->len;)
    {
      VtAttribute *attribute = g_ptr_array_index (attributes->list, i);

      if (g_hash_table_contains (attributes->by_key, attribute->key))
        {
          g_ptr_array_remove_index (attributes->list, i);
          continue;
        }

      g_hash_table_insert (attributes->by_key, attribute->key, attribute);
      i++;
    }

  return attributes;
}

void
vt_attributes_free (VtAttributes *attributes)
{
  g_hash_table_unref (attributes->by_key);
  g_ptr_array_unref (attributes->list);
  g_free (attributes);
}

const VtAttribute *
vt_attributes_get (const VtAttributes *attributes, const char *key)
{
  return g_hash_table_lookup (attributes->by_key, key);
}

const char *
vt_attribute_identity (const VtAttribute *attribute)
{
  return attribute->identity != NULL ? attribute->identity : "";
}

const VtAttribute *
vt_attributes_find_identity (const VtAttributes *attributes, const char *key, const char *identity)
{
  const VtAttribute *same = vt_attributes_get (attributes, key);
  const char *name = strrchr (key, '/');

  if (same != NULL && g_str_equal (vt_attribute_identity (same), identity))
    return same;
  if (name == NULL || *identity == '\0')
    return NULL;

  for (guint i = 0; i < attributes->list->len; i++)
    {
      const VtAttribute *attribute = g_ptr_array_index (attributes->list, i);
      gsize section = strlen (attribute->section);

      if (g_str_equal (vt_attribute_identity (attribute), identity)
          && g_str_equal (attribute->name, name + 1)
          && strncmp (attribute->section, key, section) == 0 && key[section] == '/')
        return attribute;
    }

  return NULL;
}

gboolean
vt_attributes_has_device (const VtAttributes *attributes, const char *section, const char *device)
{
  for (guint i = 0; i < attributes->list->len; i++)
    {
      const VtAttribute *attribute = g_ptr_array_index (attributes->list, i);

      if (g_str_equal (attribute->section, section) && g_strcmp0 (attribute->device, device) == 0)
        return TRUE;
    }

  return FALSE;
}

/* Appends @word, behind a comma, unless @seen has it. */
static void
append_once (GString *text, GHashTable *seen, const char *word)
{
  if (!g_hash_table_add (seen, (gpointer) word))
    return;

  if (text->len > 0)
    g_string_append (text, ", ");
  g_string_append (text, word);
}

char *
vt_attributes_list_devices (const VtAttributes *attributes, const char *section)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < attributes->list->len; i++)
    {
      const VtAttribute *attribute = g_ptr_array_index (attributes->list, i);

      if (attribute->device != NULL && g_str_equal (attribute->section, section))
        append_once (text, seen, attribute->device);
    }

  return g_string_free (text, FALSE);
}

gboolean
vt_tunables_know (const VtTunable *const *tunables, const char *section, const char *name)
{
  for (guint i = 0; tunables[i] != NULL; i++)
    {
      if (g_str_equal (tunables[i]->section, section) && g_strv_contains (tunables[i]->names, name))
        return TRUE;
    }

  return FALSE;
}

GStrv
vt_tunables_list_names (const VtTunable *const *tunables, const char *section)
{
  GPtrArray *names = g_ptr_array_new ();

  for (guint i = 0; tunables[i] != NULL; i++)
    {
      if (!g_str_equal (tunables[i]->section, section))
        continue;

      for (guint j = 0; tunables[i]->names[j] != NULL; j++)
        if (!g_ptr_array_find_with_equal_func (names, tunables[i]->names[j], g_str_equal, NULL))
          g_ptr_array_add (names, g_strdup (tunables[i]->names[j]));
    }

  g_ptr_array_add (names, NULL);
  return (GStrv) g_ptr_array_free (names, FALSE);
}

gboolean
vt_attribute_equal (const VtAttribute *attribute, const char *a, const char *b)
{
  gint64 first;
  gint64 second;

  if (a == NULL || b == NULL)
    return a == b;
  if (g_str_equal (a, b))
    return TRUE;

  return attribute->number && g_ascii_string_to_signed (a, 10, G_MININT64, G_MAXINT64, &first, NULL)
         && g_ascii_string_to_signed (b, 10, G_MININT64, G_MAXINT64, &second, NULL)
         && first == second;
}
