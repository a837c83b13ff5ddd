/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A set of block numbers, small where they lie together. It allocates where a
 * number is the first of its 64, and not even then while there is room.
 */

#include <glib.h>

typedef struct VtBlockSet VtBlockSet;

VtBlockSet *vt_block_set_new (void);
void vt_block_set_free (VtBlockSet *set);

gboolean vt_block_set_contains (const VtBlockSet *set, guint64 index);
void vt_block_set_add (VtBlockSet *set, guint64 index);
void vt_block_set_remove (VtBlockSet *set, guint64 index);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtBlockSet, vt_block_set_free)
