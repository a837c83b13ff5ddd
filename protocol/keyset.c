/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "protocol/keyset.h"

#include <string.h>

#define INITIAL_SLOTS 128

static void
set_slots (VtKeySet *set, guint32 n_slots)
{
  g_free (set->slots);
  set->slots = g_new0 (guint32, n_slots);
  set->entries = g_renew (VtKeySetEntry, set->entries, n_slots / 2);
  set->n_slots = n_slots;
}

static guint64
random_word (void)
{
  return (guint64) g_random_int () << 32 | g_random_int ();
}

void
vt_keyset_init (VtKeySet *set)
{
  *set = (VtKeySet){ .secret = { random_word (), random_word () } };
  set_slots (set, INITIAL_SLOTS);
}

void
vt_keyset_clear (VtKeySet *set)
{
  g_clear_pointer (&set->slots, g_free);
  g_clear_pointer (&set->entries, g_free);
}

void
vt_keyset_reset (VtKeySet *set)
{
  vt_keyset_truncate (set, 0);
  if (set->n_slots > INITIAL_SLOTS)
    set_slots (set, INITIAL_SLOTS);
}

static guint64
rotate (guint64 word, guint bits)
{
  return word << bits | word >> (64 - bits);
}

static void
sip_round (guint64 v[4])
{
  v[0] += v[1];
  v[2] += v[3];
  v[1] = rotate (v[1], 13) ^ v[0];
  v[3] = rotate (v[3], 16) ^ v[2];
  v[0] = rotate (v[0], 32);
  v[2] += v[1];
  v[0] += v[3];
  v[1] = rotate (v[1], 17) ^ v[2];
  v[3] = rotate (v[3], 21) ^ v[0];
  v[2] = rotate (v[2], 32);
}

static void
sip_word (VtKeyHash *hash, guint64 word)
{
  hash->v[3] ^= word;
  sip_round (hash->v);
  hash->v[0] ^= word;
}

void
vt_key_hash_begin (VtKeyHash *hash, const VtKeySet *set, guint level)
{
  *hash = (VtKeyHash){
    .v = {
      set->secret[0] ^ 0x736f6d6570736575,
      set->secret[1] ^ 0x646f72616e646f6d,
      set->secret[0] ^ 0x6c7967656e657261,
      set->secret[1] ^ 0x7465646279746573,
    },
  };
  sip_word (hash, level);
}

void
vt_key_hash_bytes (VtKeyHash *hash, const guint8 *bytes, gsize len)
{
  for (gsize i = 0; i < len; i++)
    {
      hash->word |= (guint64) bytes[i] << (8 * (hash->len % 8));
      hash->len++;
      if (hash->len % 8 != 0)
        continue;

      sip_word (hash, hash->word);
      hash->word = 0;
    }
}

static guint64
end_hash (VtKeyHash *hash)
{
  sip_word (hash, hash->word | (guint64) hash->len << 56);
  hash->v[2] ^= 0xff;
  for (guint i = 0; i < 3; i++)
    sip_round (hash->v);

  return hash->v[0] ^ hash->v[1] ^ hash->v[2] ^ hash->v[3];
}

/* The slot that contains @hash, or else the free slot for it. */
static guint32
find_slot (const VtKeySet *set, guint64 hash)
{
  guint32 mask = set->n_slots - 1;
  guint32 slot = (guint32) hash & mask;

  while (set->slots[slot] != 0 && set->entries[set->slots[slot] - 1].hash != hash)
    slot = (slot + 1) & mask;

  return slot;
}

static void
occupy (VtKeySet *set, guint32 index)
{
  VtKeySetEntry *entry = &set->entries[index];

  entry->slot = find_slot (set, entry->hash);
  set->slots[entry->slot] = index + 1;
}

static void
grow (VtKeySet *set)
{
  set_slots (set, set->n_slots * 2);
  for (guint32 i = 0; i < set->n_entries; i++)
    occupy (set, i);
}

gboolean
vt_keyset_add (VtKeySet *set, VtKeyHash *hash)
{
  guint64 value = end_hash (hash);

  if (set->slots[find_slot (set, value)] != 0)
    return FALSE;

  if (set->n_entries == set->n_slots / 2)
    grow (set);

  set->entries[set->n_entries].hash = value;
  occupy (set, set->n_entries);
  set->n_entries++;
  return TRUE;
}

void
vt_keyset_truncate (VtKeySet *set, guint32 n_entries)
{
  /* Entries are removed in reverse order of their arrival. So freeing a slot
   * restores the state before its entry was added, and breaks no probe
   * sequence of an older entry. */
  while (set->n_entries > n_entries)
    set->slots[set->entries[--set->n_entries].slot] = 0;
}
