/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Takes memory offline before a host takes it away: movable blocks first,
 * each group from its end, where hot-plugged memory lies; never for longer
 * than it was given, although the kernel itself would try for ever
 * (admin-guide/mm/memory-hotplug). It decides nothing about what is wise.
 */

#include <glib.h>

#include "agent/kernel/alarm.h"
#include "agent/kernel/memory-blocks.h"

/* One block that does not move must not take the time of all. */
#define VT_MEMORY_PATIENCE (3 * G_USEC_PER_SEC)

typedef struct
{
  guint offlined;   /* blocks */
  guint refused;    /* the kernel can't: something in them can't be moved */
  guint late;       /* given up for want of time */
  guint unfinished; /* read "going-offline" in the end, as only a kernel at fault leaves them */
} VtOfflined;

typedef struct
{
  guint64 n;             /* blocks wanted offline */
  gboolean movable_only; /* none but those of zone Movable */
  gint64 end;            /* µs as g_get_monotonic_time() */
  VtAlarm *alarm;        /* rings for whom it takes too long */
  /* guint64: blocks that took too long before; they are tried when the others were, in this order.
   * NULL: none did. */
  const GArray *late;
  void (*tell) (guint64 index, int fault, gpointer data); /* of each block tried; NULL: nobody */
  gpointer data;
} VtOfflineWish;

/*
 * FALSE: the blocks could not be listed (VT_ERROR_NOT_OFFERED without memory
 * hot-plug), or no time could be set; nothing was done.
 */
gboolean vt_memory_offline (const VtKernelFs *fs,
                            const VtOfflineWish *wish,
                            VtOfflined *ret,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/*
 * One block, for VT_MEMORY_PATIENCE or until @end.
 * Returns: as vt_memory_block_set(); -EINTR: it took too long, or the alarm rang.
 */
int vt_memory_offline_one (const VtKernelFs *fs, guint64 index, VtAlarm *alarm, gint64 end)
    G_GNUC_WARN_UNUSED_RESULT;
