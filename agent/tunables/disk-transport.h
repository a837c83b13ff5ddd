/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * How a disk is attached, as the guest sees it: by the path of its device
 * and by what its device says of itself, unless the host's hints say better:
 * a LUN that the host has put behind virtio looks like any virtio disk. Reads
 * and decides nothing more.
 */

#include <glib.h>

#include "agent/kernel/kernel-fs.h"
#include "agent/tunables/hints.h"

/* Who had better schedule this disk's requests. */
typedef enum
{
  VT_SCHEDULER_HOST,  /* emulated: the host schedules once more behind us */
  VT_SCHEDULER_GUEST, /* storage of its own: nobody schedules behind us */
  VT_SCHEDULER_UNKNOWN,
} VtSchedulerSide;

typedef struct
{
  const char *kind;        /* static: "virtio-blk", "emulated-scsi", "iscsi", … */
  VtSchedulerSide side;    /* of a stack: GUEST where one below it is, else UNKNOWN where one is */
  gboolean leg;            /* one of several paths that a multipath device bundles */
  VtRotational rotational; /* as the host says; the guest's own word is not to be had */
} VtDisk;

/* @hints: the host's, which go before what is seen; NULL: none. @disk: a name in /sys/block. */
VtDisk vt_disk_classify (const VtKernelFs *fs, const VtHints *hints, const char *disk);
