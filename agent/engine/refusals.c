/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/engine/refusals.h"

#include "agent/engine/attributes.h"

#define MAX_REFUSALS 16384

typedef struct
{
  char *identity; /* of the device */
  char *value;
  char *reason;
} Refusal;

struct VtRefusals
{
  GHashTable *by_key; /* attribute's key → Refusal */
};

static void
refusal_free (Refusal *refusal)
{
  g_free (refusal->identity);
  g_free (refusal->value);
  g_free (refusal->reason);
  g_free (refusal);
}

VtRefusals *
vt_refusals_new (void)
{
  VtRefusals *refusals = g_new0 (VtRefusals, 1);

  refusals->by_key
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) refusal_free);

  return refusals;
}

void
vt_refusals_free (VtRefusals *refusals)
{
  g_hash_table_unref (refusals->by_key);
  g_free (refusals);
}

void
vt_refusals_add (VtRefusals *refusals,
                 const VtAttribute *attribute,
                 const char *value,
                 const char *reason)
{
  Refusal *refusal;

  if (g_hash_table_size (refusals->by_key) >= MAX_REFUSALS)
    g_hash_table_remove_all (refusals->by_key);

  refusal = g_new (Refusal, 1);
  refusal->identity = g_strdup (vt_attribute_identity (attribute));
  refusal->value = g_strdup (value);
  refusal->reason = g_strdup (reason);
  g_hash_table_replace (refusals->by_key, g_strdup (attribute->key), refusal);
}

const char *
vt_refusals_get (const VtRefusals *refusals, const VtAttribute *attribute, const char *value)
{
  const Refusal *refusal
      = refusals != NULL ? g_hash_table_lookup (refusals->by_key, attribute->key) : NULL;

  if (refusal == NULL || !g_str_equal (refusal->identity, vt_attribute_identity (attribute))
      || !vt_attribute_equal (attribute, refusal->value, value))
    return NULL;

  return refusal->reason;
}

void
vt_refusals_drop (VtRefusals *refusals, const VtAttribute *attribute)
{
  g_hash_table_remove (refusals->by_key, attribute->key);
}
