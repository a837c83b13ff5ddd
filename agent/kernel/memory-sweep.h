/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Brings offline memory blocks online, and reports in which zone others
 * brought blocks online. It allocates no memory, because it runs while memory
 * is short. The caller chooses the policy. If the guest can't follow the
 * policy, the sweep does as much as possible and counts the rest.
 */

#include <glib.h>

#include "agent/kernel/memory-blocks.h"
#include "agent/kernel/movable-memory.h"

/* What is known about a block that is online. */
typedef enum
{
  VT_BLOCK_PRESENT_AT_START,    /* not known to be plugged: its zone is not checked */
  VT_BLOCK_PLUGGED_FIRST_SEEN,  /* plugged, and seen online for the first time */
  VT_BLOCK_PLUGGED_SEEN_BEFORE, /* plugged, and seen online before */
} VtBlockHistory;

typedef struct
{
  const char *policy;  /* "online", "online_kernel", "online_movable" */
  guint64 from;        /* index of the first block to check; blocks before it count as online */
  gboolean forced;     /* online_movable may exceed auto_movable_ratio */
  VtBlockFunc is_held; /* TRUE: the offline block stays offline; NULL: none is held */
  /* Called for each block that is online. NULL: all were present at start. */
  VtBlockHistory (*record_online) (guint64 index, gpointer data);
  gpointer data; /* of both functions */
} VtSweepRequest;

/* Numbers of blocks, unless said otherwise. */
typedef struct
{
  guint online;            /* were online before the sweep, or lie before @from */
  guint newly_plugged;     /* of @online: plugged, and seen online for the first time */
  guint held;              /* left offline, because they are held */
  guint onlined;           /* brought online by this sweep */
  guint kernel_fallback;   /* of @onlined: not movable, because of auto_movable_ratio */
  guint misplaced;         /* online, plugged, and in a zone that the policy does not allow */
  guint newly_misplaced;   /* of @misplaced: seen so for the first time */
  guint failed;            /* could not be brought online */
  guint64 first_failed;    /* index; valid only if failed > 0 */
  int error;               /* errno of first_failed */
  VtMovableMemory movable; /* before the sweep; valid only for online_movable */
} VtSweepResult;

/*
 * Writes the policy to the state of each offline block. If the kernel or udev
 * brings a block online first, that is no failure. If all offline blocks
 * together would exceed auto_movable_ratio as movable memory, all of them get
 * online_kernel instead, like the kernel's own policy "auto-movable" does.
 * FALSE: VT_ERROR_NOT_OFFERED without memory hot-plug, else VT_ERROR_GENERIC;
 * @ret is unchanged.
 */
gboolean vt_memory_sweep (const VtKernelFs *fs,
                          const VtSweepRequest *request,
                          VtSweepResult *ret,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Returns: the number of blocks that were online after the sweep */
guint64 vt_sweep_result_count_online (const VtSweepResult *result);

/* Returns: (transfer full): text for the log and the host about what differs from @policy; NULL:
 * nothing */
char *vt_sweep_result_describe_problem (const VtSweepResult *result, const char *policy);
