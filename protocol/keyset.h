/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Finds duplicate keys: the set of keys of all objects that are open in a
 * frame. It stores only a 64-bit hash of each key. The hash uses a random
 * secret, so a sender can't choose keys that collide. The chance that two
 * different keys of the largest possible frame are taken for duplicates is
 * below 1e-8. The set works as a stack: when an object ends, its keys are
 * removed.
 */

#include <glib.h>

typedef struct
{
  guint64 hash;
  guint32 slot;
} VtKeySetEntry;

typedef struct
{
  guint64 secret[2];
  VtKeySetEntry *entries; /* in order of arrival */
  guint32 *slots;         /* open addressing: index of the entry + 1; 0: free */
  guint32 n_entries;
  guint32 n_slots; /* a power of two, at least twice the entries */
} VtKeySet;

/* State of a hash that is computed byte by byte: SipHash-1-3 (Aumasson and Bernstein, 2012). */
typedef struct
{
  guint64 v[4];
  guint64 word;
  gsize len;
} VtKeyHash;

void vt_keyset_init (VtKeySet *set);
void vt_keyset_clear (VtKeySet *set);

/* Removes all keys, and frees memory beyond the initial size. */
void vt_keyset_reset (VtKeySet *set);

/* @level: the depth of the object. The same key at another depth is a different key. */
void vt_key_hash_begin (VtKeyHash *hash, const VtKeySet *set, guint level);
void vt_key_hash_bytes (VtKeyHash *hash, const guint8 *bytes, gsize len);

/* Finishes @hash and adds it. FALSE: @set contains it already. */
gboolean vt_keyset_add (VtKeySet *set, VtKeyHash *hash);

/* Removes all keys but the first @n_entries. */
void vt_keyset_truncate (VtKeySet *set, guint32 n_entries);
