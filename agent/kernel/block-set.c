/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/kernel/block-set.h"

#define RESERVED 64 /* chunks: 512 GiB of the smallest blocks */
#define BITS     64

typedef struct
{
  guint64 number; /* of the first index, divided by BITS */
  guint64 bits;
} Chunk;

struct VtBlockSet
{
  GArray *chunks; /* of Chunk, in no order; those that are empty stay */
};

VtBlockSet *
vt_block_set_new (void)
{
  VtBlockSet *set = g_new0 (VtBlockSet, 1);

  set->chunks = g_array_sized_new (FALSE, FALSE, sizeof (Chunk), RESERVED);
  return set;
}

void
vt_block_set_free (VtBlockSet *set)
{
  if (set == NULL)
    return;

  g_array_unref (set->chunks);
  g_free (set);
}

static Chunk *
set_find (const VtBlockSet *set, guint64 index)
{
  for (guint i = 0; i < set->chunks->len; i++)
    {
      Chunk *chunk = &g_array_index (set->chunks, Chunk, i);

      if (chunk->number == index / BITS)
        return chunk;
    }
  return NULL;
}

static guint64
set_bit (guint64 index)
{
  return G_GUINT64_CONSTANT (1) << (index % BITS);
}

gboolean
vt_block_set_contains (const VtBlockSet *set, guint64 index)
{
  const Chunk *chunk = set_find (set, index);

  return chunk != NULL && (chunk->bits & set_bit (index)) != 0;
}

void
vt_block_set_add (VtBlockSet *set, guint64 index)
{
  Chunk *chunk = set_find (set, index);
  Chunk made = { index / BITS, set_bit (index) };

  if (chunk != NULL)
    chunk->bits |= made.bits;
  else
    g_array_append_val (set->chunks, made);
}

void
vt_block_set_remove (VtBlockSet *set, guint64 index)
{
  Chunk *chunk = set_find (set, index);

  if (chunk != NULL)
    chunk->bits &= ~set_bit (index);
}
