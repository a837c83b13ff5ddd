/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/kernel/block-set.h"

#define RESERVED 64 /* chunks; enough for 512 GiB of 128 MiB blocks */
#define BITS     64

typedef struct
{
  guint64 number; /* index / BITS, the same for all indices of the chunk */
  guint64 bits;
} Chunk;

struct VtBlockSet
{
  GArray *chunks; /* of Chunk, unsorted; empty chunks are not removed */
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
find_chunk (const VtBlockSet *set, guint64 index)
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
bit_of (guint64 index)
{
  return G_GUINT64_CONSTANT (1) << (index % BITS);
}

gboolean
vt_block_set_contains (const VtBlockSet *set, guint64 index)
{
  const Chunk *chunk = find_chunk (set, index);

  return chunk != NULL && (chunk->bits & bit_of (index)) != 0;
}

void
vt_block_set_add (VtBlockSet *set, guint64 index)
{
  Chunk *chunk = find_chunk (set, index);
  Chunk added = { index / BITS, bit_of (index) };

  if (chunk != NULL)
    chunk->bits |= added.bits;
  else
    g_array_append_val (set->chunks, added);
}

void
vt_block_set_remove (VtBlockSet *set, guint64 index)
{
  Chunk *chunk = find_chunk (set, index);

  if (chunk != NULL)
    chunk->bits &= ~bit_of (index);
}
