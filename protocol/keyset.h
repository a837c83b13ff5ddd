/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The keys of all objects that are open in a frame, to find the one that
 * comes twice. A key is known by a 64-bit hash under a secret of its own, so
 * nobody can aim two keys at one slot, and two different keys are taken for
 * one with a chance below 1e-8 in the largest frame that there is. It keeps
 * no text, and is a stack: the keys of an object go when the object ends.
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
  guint32 *slots;         /* open addressing: index of the entry + 1, 0 is free */
  guint32 n_entries;
  guint32 n_slots; /* a power of two, at least twice the entries */
} VtKeySet;

/* A hash in the making: SipHash-1-3 (Aumasson and Bernstein, 2012), byte by byte. */
typedef struct
{
  guint64 v[4];
  guint64 word;
  gsize len;
} VtKeyHash;

void vt_keyset_init (VtKeySet *set);
void vt_keyset_clear (VtKeySet *set);

/* Forgets all keys, and gives memory beyond the resting size back. */
void vt_keyset_reset (VtKeySet *set);

/* @level: the depth of the object; the same key at two depths is two keys. */
void vt_key_hash_begin (VtKeyHash *hash, const VtKeySet *set, guint level);
void vt_key_hash_bytes (VtKeyHash *hash, const guint8 *bytes, gsize len);

/* Ends @hash and adds it; FALSE where it is in @set already. */
gboolean vt_keyset_add (VtKeySet *set, VtKeyHash *hash);

/* Forgets the keys that came after the first @n_entries. */
void vt_keyset_truncate (VtKeySet *set, guint32 n_entries);
