/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Brings online what is offline, and sees where others brought online what
 * came. Nothing on its path allocates, for it runs when memory is short. The
 * policy is its caller's; what the guest can't honour of it is done as well
 * as can be, and counted.
 */

#include <glib.h>

#include "agent/kernel/memory-blocks.h"
#include "agent/kernel/memory-ratio.h"

typedef enum
{
  VT_MEETING_OLD,   /* it was not plugged, as far as is known: nobody judges its zone */
  VT_MEETING_NEW,   /* plugged, and seen online for the first time */
  VT_MEETING_AGAIN, /* plugged, and seen online before */
} VtMeeting;

typedef struct
{
  const char *word; /* "online", "online_kernel", "online_movable" */
  guint64 from;    /* index of the first block to look at; those before it are taken to be online */
  gboolean forced; /* movable beyond auto_movable_ratio too */
  VtBlockFunc held;                                 /* offline blocks that stay so; NULL: none */
  VtMeeting (*meet) (guint64 index, gpointer data); /* a block that is online; NULL: all are old */
  gpointer data;
} VtSweepWish;

typedef struct
{
  guint online;         /* were online already, or are taken to be */
  guint came;           /* of these: plugged, and seen online for the first time */
  guint held;           /* left offline on purpose */
  guint onlined;        /* by this sweep */
  guint degraded;       /* of these: not movable, for auto_movable_ratio allows no more */
  guint misplaced;      /* of those online: plugged, and in a zone that the word does not allow */
  guint strayed;        /* of these: seen so for the first time */
  guint failed;         /* stay offline */
  guint64 first_failed; /* index; only where failed > 0 */
  int error;            /* errno of first_failed */
  VtMovable movable;    /* as it was before; of online_movable alone */
} VtSweep;

/*
 * Writes the word to each block that is offline. Losing a race to the kernel
 * or to udev is no failure where the block is online in the end. Blocks that
 * as movable ones would go beyond auto_movable_ratio, all of those offline
 * together, go to the kernel's zone as online_kernel has it: so does the
 * kernel's own policy auto-movable. VT_ERROR_NOT_OFFERED without memory
 * hot-plug.
 */
gboolean vt_memory_sweep (const VtKernelFs *fs,
                          const VtSweepWish *wish,
                          VtSweep *ret,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Blocks that were online when it ended. */
guint64 vt_sweep_count_online (const VtSweep *sweep);

/* What is not as the word wants it, for people; NULL: nothing is known. (transfer full) */
char *vt_sweep_get_fault (const VtSweep *sweep, const char *word);
