/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/engine/status.h"

static VtAttributeStatus *
status_of (const VtAttribute *attribute,
           const VtSystem *system,
           const VtWants *wants,
           VtJournal *journal)
{
  VtAttributeStatus *status = g_new0 (VtAttributeStatus, 1);
  const VtRecord *record = vt_journal_get (journal, attribute->key);
  const VtWant *want = NULL;

  status->key = g_strdup (attribute->key);
  status->number = attribute->number;
  status->value = attribute->ops->read (attribute, system, NULL);
  if (attribute->ops->allowed != NULL)
    status->allowed = attribute->ops->allowed (attribute, system);

  if (vt_wants_find (wants, attribute, &want, NULL) && want != NULL)
    {
      status->wanted = g_strdup (want->setting->value);
      status->source = g_strdup (want->source);
    }

  if (record != NULL && g_str_equal (record->identity, vt_attribute_identity (attribute)))
    status->original = g_strdup (record->original);

  return status;
}

static int
compare_status (gconstpointer a, gconstpointer b)
{
  const VtAttributeStatus *first = *(const VtAttributeStatus *const *) a;
  const VtAttributeStatus *second = *(const VtAttributeStatus *const *) b;

  return strcmp (first->key, second->key);
}

GPtrArray *
vt_status_list (const VtAttributes *attributes,
                const VtSystem *system,
                const VtWants *wants,
                VtJournal *journal)
{
  GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) vt_attribute_status_free);

  for (guint i = 0; i < attributes->list->len; i++)
    g_ptr_array_add (list,
                     status_of (g_ptr_array_index (attributes->list, i), system, wants, journal));

  g_ptr_array_sort (list, compare_status);
  return list;
}

void
vt_attribute_status_free (VtAttributeStatus *status)
{
  g_free (status->key);
  g_free (status->value);
  g_free (status->wanted);
  g_free (status->source);
  g_free (status->original);
  g_free (status->allowed);
  g_free (status);
}
