/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the agent remembers of memory blocks, for all who bring them on- and
 * offline:
 *
 * - which are held: somebody took them offline on purpose (a host about to
 *   unplug them, an operator), and a sweep that was not meant for them leaves
 *   them alone. Whoever takes one offline enters it; the kernel's events tell
 *   of the others' doing. Kept in /run/virt-tune-memory-held, over a restart of the agent;
 * - which were plugged while it ran, and which of them were seen online;
 * - which took too long to go offline.
 *
 * It writes no attribute. Safe from any thread.
 */

#include <glib.h>

#include "agent/kernel/kernel-fs.h"
#include "agent/kernel/memory-sweep.h"

typedef struct VtMemoryBook VtMemoryBook;

/* @fs must outlive it. */
VtMemoryBook *vt_memory_book_new (const VtKernelFs *fs);
void vt_memory_book_free (VtMemoryBook *book);

/*
 * @action: of the kernel's own event of a memory block. Allocates nothing but
 * for a block that goes offline, and for each 8 GiB beyond the first 512.
 * Returns: whether vt_memory_book_save() has something to write
 */
gboolean vt_memory_book_event (VtMemoryBook *book, const char *action, guint64 index);

void vt_memory_book_hold (VtMemoryBook *book, guint64 index);
void vt_memory_book_release (VtMemoryBook *book, guint64 index);
void vt_memory_book_release_all (VtMemoryBook *book);
/* A VtBlockFunc; @data: the VtMemoryBook */
gboolean vt_memory_book_is_held (guint64 index, gpointer data);
/* Writes down what is held. */
void vt_memory_book_save (VtMemoryBook *book);

/* As VtSweepWish's meet; @data: the VtMemoryBook. Blocks are old until vt_memory_book_looked(). */
VtMeeting vt_memory_book_meet (guint64 index, gpointer data);
/* All blocks that are there were met: whichever is not known from now on was plugged. */
void vt_memory_book_looked (VtMemoryBook *book);

/* Of guint64, who has waited longest first. (transfer full) */
GArray *vt_memory_book_list_late (VtMemoryBook *book);
void vt_memory_book_note_late (VtMemoryBook *book, guint64 index, gboolean late);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtMemoryBook, vt_memory_book_free)
