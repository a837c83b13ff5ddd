/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * How much of the guest's memory may be movable. The kernel never refuses
 * online_movable. But a guest with too little memory that its kernel can use
 * for itself runs out of memory while much of it is free. The limit is
 * auto_movable_ratio, as for the kernel's policy "auto-movable"
 * (admin-guide/mm/memory-hotplug). This module counts blocks and compares. It
 * allocates no memory and changes nothing.
 */

#include <glib.h>

#include "agent/kernel/memory-blocks.h"

typedef struct
{
  guint64 movable; /* blocks online in zone Movable */
  guint64 kernel;  /* blocks online in other zones */
  guint64 offline; /* blocks that will come online */
  guint64 ratio;   /* auto_movable_ratio: percent of movable to other memory */
} VtMovableMemory;

/*
 * Counts the blocks as they are now. @skip: TRUE for an offline block that
 * will stay offline; NULL: none.
 * FALSE: VT_ERROR_NOT_OFFERED without memory hot-plug, else VT_ERROR_GENERIC.
 */
gboolean vt_movable_memory_read (const VtKernelFs *fs,
                                 VtBlockFunc skip,
                                 gpointer data,
                                 VtMovableMemory *ret,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Returns: the number of blocks that may still become movable. Pure. */
guint64 vt_movable_memory_get_allowance (const VtMovableMemory *movable);

/* FALSE: VT_ERROR_REFUSED with the reason, if @n more movable blocks would exceed the ratio. Pure.
 */
gboolean vt_movable_memory_check (const VtMovableMemory *movable,
                                  guint64 n,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;
