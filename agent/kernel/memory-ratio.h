/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * How much of a guest's memory may be movable. The kernel itself never refuses
 * online_movable, and a guest with too little memory that its kernel may use
 * for itself ends in OOM with much of it free. The measure is the one that
 * the kernel's auto-movable policy has, auto_movable_ratio
 * (admin-guide/mm/memory-hotplug). It counts, allocates nothing, and says
 * yes or no; what follows from that is its caller's.
 */

#include <glib.h>

#include "agent/kernel/memory-blocks.h"

typedef struct
{
  guint64 movable; /* blocks online in zone Movable */
  guint64 kernel;  /* blocks online in other zones */
  guint64 offline; /* blocks that are to come online */
  guint64 ratio;   /* percent of movable to other memory */
} VtMovable;

/*
 * As it is now. @skip (may be NULL): which offline blocks are to stay so.
 * VT_ERROR_NOT_OFFERED without memory hot-plug.
 */
gboolean vt_movable_count (const VtKernelFs *fs,
                           VtBlockFunc skip,
                           gpointer data,
                           VtMovable *ret,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Blocks that may yet become movable. Pure. */
guint64 vt_movable_room (const VtMovable *movable);

/* VT_ERROR_REFUSED, and why, where @coming blocks more may not be movable. Pure. */
gboolean vt_movable_check (const VtMovable *movable,
                           guint64 coming,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;
