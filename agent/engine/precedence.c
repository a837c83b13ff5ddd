/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/engine/precedence.h"

#include "agent/tunables/value.h"
#include "protocol/error.h"

struct VtPrecedence
{
  GHashTable *winners; /* VtAttribute → VtWant */
  GHashTable *hidden;  /* VtAttribute → VtWant */
  GHashTable *faults;  /* VtAttribute → GError */
};

static void
find_all (VtPrecedence *precedence, const VtAttributes *attributes, const VtWants *wants)
{
  for (guint i = 0; i < attributes->list->len; i++)
    {
      VtAttribute *attribute = g_ptr_array_index (attributes->list, i);
      const VtWant *want = NULL;
      GError *fault = NULL;

      if (!vt_wants_find (wants, attribute, &want, &fault))
        g_hash_table_insert (precedence->faults, attribute, fault);
      else if (want != NULL)
        g_hash_table_insert (precedence->winners, attribute, (gpointer) want);
    }
}

static void
hide (VtPrecedence *precedence, const VtAttribute *attribute)
{
  gpointer want = g_hash_table_lookup (precedence->winners, attribute);

  g_hash_table_remove (precedence->winners, attribute);
  g_hash_table_insert (precedence->hidden, (gpointer) attribute, want);
}

static gboolean
is_zero (const VtWant *want)
{
  gint64 number;

  return vt_value_parse_number (want->setting->value, &number) && number == 0;
}

/*
 * The value 0 of one member means that the other member is in force (admin-guide/sysctl/vm), in
 * whichever layer it is. If both are 0, the first is hidden: the second is the ratio, which may be
 * 0.
 */
static const VtAttribute *
find_zero (const VtAttribute *one,
           const VtWant *first,
           const VtAttribute *other,
           const VtWant *second)
{
  if (is_zero (first))
    return one;

  return is_zero (second) ? other : NULL;
}

/* Only one of the two can be in force: the one that is not 0, else that of the higher layer. */
static void
settle_pair (VtPrecedence *precedence, const VtAttribute *one, const VtAttribute *other)
{
  const VtWant *first = vt_precedence_get (precedence, one);
  const VtWant *second = vt_precedence_get (precedence, other);
  const VtAttribute *zero;
  GError *fault = NULL;

  if (first == NULL || second == NULL)
    return;

  zero = find_zero (one, first, other, second);
  if (zero != NULL)
    {
      hide (precedence, zero);
      return;
    }

  if (first->layer != second->layer)
    {
      hide (precedence, first->layer < second->layer ? one : other);
      return;
    }

  hide (precedence, one);
  hide (precedence, other);
  vt_error_set (&fault, VT_ERROR_INVALID_ARGUMENT,
                "%s=%s and %s=%s: the kernel has one or the other in force; set one to null",
                one->key, first->setting->value, other->key, second->setting->value);
  g_hash_table_insert (precedence->faults, (gpointer) one, fault);
}

static void
settle_pairs (VtPrecedence *precedence, const VtAttributes *attributes)
{
  for (guint i = 0; i < attributes->list->len; i++)
    {
      const VtAttribute *attribute = g_ptr_array_index (attributes->list, i);
      const VtAttribute *counterpart = attribute->counterpart != NULL
                                           ? vt_attributes_get (attributes, attribute->counterpart)
                                           : NULL;

      if (counterpart != NULL && strcmp (attribute->key, counterpart->key) < 0)
        settle_pair (precedence, attribute, counterpart);
    }
}

VtPrecedence *
vt_precedence_new (const VtAttributes *attributes, const VtWants *wants)
{
  VtPrecedence *precedence = g_new0 (VtPrecedence, 1);

  precedence->winners = g_hash_table_new (NULL, NULL);
  precedence->hidden = g_hash_table_new (NULL, NULL);
  precedence->faults = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) g_error_free);
  find_all (precedence, attributes, wants);
  settle_pairs (precedence, attributes);

  return precedence;
}

void
vt_precedence_free (VtPrecedence *precedence)
{
  g_hash_table_unref (precedence->winners);
  g_hash_table_unref (precedence->hidden);
  g_hash_table_unref (precedence->faults);
  g_free (precedence);
}

const VtWant *
vt_precedence_get (const VtPrecedence *precedence, const VtAttribute *attribute)
{
  return attribute != NULL ? g_hash_table_lookup (precedence->winners, attribute) : NULL;
}

const VtWant *
vt_precedence_get_hidden (const VtPrecedence *precedence, const VtAttribute *attribute)
{
  return g_hash_table_lookup (precedence->hidden, attribute);
}

const GError *
vt_precedence_get_fault (const VtPrecedence *precedence, const VtAttribute *attribute)
{
  return g_hash_table_lookup (precedence->faults, attribute);
}
