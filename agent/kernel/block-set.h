/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A set of memory block numbers. Neighbouring numbers share one 64-bit chunk,
 * so the set is small when the numbers are close together. Adding a number
 * allocates memory only if it is the first of its chunk and the reserved
 * chunks are used up.
 */

#include <glib.h>

typedef struct VtBlockSet VtBlockSet;

VtBlockSet *vt_block_set_new (void);
void vt_block_set_free (VtBlockSet *set);

gboolean vt_block_set_contains (const VtBlockSet *set, guint64 index);
void vt_block_set_add (VtBlockSet *set, guint64 index);
void vt_block_set_remove (VtBlockSet *set, guint64 index);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtBlockSet, vt_block_set_free)
