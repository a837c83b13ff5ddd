/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Blocks that somebody took offline on purpose (a host about to unplug them,
 * an operator): a sweep that was not meant for them leaves them alone. Told
 * by the kernel's events; a lost one only means that a block is not held. It
 * reads nothing. Safe from any thread.
 */

#include <glib.h>

typedef struct VtHeldBlocks VtHeldBlocks;

VtHeldBlocks *vt_held_blocks_new (void);
void vt_held_blocks_free (VtHeldBlocks *held);

/* @action: of a memory block's event: "offline" holds it, all others let it go. */
void vt_held_blocks_event (VtHeldBlocks *held, const char *action, const char *sysname);

/* A VtBlockFunc; @data: the VtHeldBlocks */
gboolean vt_held_blocks_contains (guint64 index, gpointer data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtHeldBlocks, vt_held_blocks_free)
