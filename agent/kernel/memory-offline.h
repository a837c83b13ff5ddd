/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Takes memory blocks offline before a host unplugs them. Blocks in zone
 * Movable come first. Within a zone the highest index comes first, because
 * hot-plugged memory lies there. The kernel itself would try for ever
 * (admin-guide/mm/memory-hotplug), so each block and the whole call have a
 * time limit. This module does not decide which memory should go.
 */

#include <glib.h>

#include "agent/kernel/memory-blocks.h"
#include "agent/kernel/syscall-timeout.h"

/* µs: the limit for one block, so that a block that does not move leaves time for the others. */
#define VT_MEMORY_OFFLINE_TIMEOUT (3 * G_USEC_PER_SEC)

/* Numbers of blocks. */
typedef struct
{
  guint offlined;   /* are offline now */
  guint refused;    /* the kernel can't move something in them */
  guint timed_out;  /* given up at their time limit */
  guint unfinished; /* still read "going-offline" at the end, which only a faulty kernel leaves */
} VtOfflineResult;

typedef struct
{
  guint64 n_blocks;          /* to take offline */
  gboolean movable_only;     /* blocks in other zones stay online */
  gint64 end;                /* of the whole call; µs as g_get_monotonic_time() */
  VtSyscallTimeout *timeout; /* interrupts a write that takes too long */
  /* guint64: blocks that timed out in an earlier call. They are tried after all others, in this
   * order. NULL: none. */
  const GArray *slow;
  /* Called for each block that was tried. @error: 0 or a negative errno. NULL: not called. */
  void (*on_tried) (guint64 index, int error, gpointer data);
  gpointer data;
} VtOfflineRequest;

/* FALSE: the blocks could not be listed (VT_ERROR_NOT_OFFERED without memory hot-plug). Nothing was
 * changed. */
gboolean vt_memory_offline_blocks (const VtKernelFs *fs,
                                   const VtOfflineRequest *request,
                                   VtOfflineResult *ret,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;

/*
 * Takes one block offline. Gives up after VT_MEMORY_OFFLINE_TIMEOUT, or at
 * @end if that is earlier.
 * Returns: as vt_memory_block_set(); -EINTR: the time is up, or @timeout was cancelled.
 */
int vt_memory_offline_block (const VtKernelFs *fs,
                             guint64 index,
                             VtSyscallTimeout *timeout,
                             gint64 end) G_GNUC_WARN_UNUSED_RESULT;
