/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Takes memory offline before a host takes it away: movable blocks first,
 * each group from its end, where hot-plugged memory lies; never for longer
 * than it was given, although the kernel itself would try for ever
 * (admin-guide/mm/memory-hotplug). It decides nothing about what is wise.
 */

#include <glib.h>

#include "agent/kernel/kernel-fs.h"

typedef struct
{
  guint offlined;   /* blocks */
  guint refused;    /* the kernel can't: something in them can't be moved */
  guint late;       /* given up for want of time */
  guint unfinished; /* read "going-offline" in the end, as only a kernel at fault leaves them */
} VtOfflined;

/*
 * @n: blocks wanted offline; @movable_only: none but those of zone Movable.
 * @end: µs as g_get_monotonic_time().
 * FALSE: the blocks could not be listed (VT_ERROR_NOT_OFFERED without memory
 * hot-plug), or no time could be set; nothing was done.
 */
gboolean vt_memory_offline (const VtKernelFs *fs,
                            guint64 n,
                            gboolean movable_only,
                            gint64 end,
                            VtOfflined *ret,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;
