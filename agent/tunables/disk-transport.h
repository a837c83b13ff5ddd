/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * How a disk is attached, as the guest sees it: by the path of its device
 * and by what its device says of itself. Reads and decides nothing more: a
 * LUN that the host has put behind virtio looks like any virtio disk, which
 * only the host can tell.
 */

#include <glib.h>

#include "agent/kernel/kernel-fs.h"

/* Who had better schedule this disk's requests. */
typedef enum
{
  VT_SCHEDULER_HOST,    /* emulated: the host schedules once more behind us */
  VT_SCHEDULER_GUEST,   /* storage of its own: nobody schedules behind us */
  VT_SCHEDULER_UNKNOWN,
} VtSchedulerSide;

typedef struct
{
  const char *kind;     /* static: "virtio-blk", "emulated-scsi", "iscsi", … */
  VtSchedulerSide side; /* of a stack: GUEST where one below it is, else UNKNOWN where one is */
  gboolean leg;         /* one of several paths that a multipath device bundles */
} VtDisk;

/* @disk: a name in /sys/block. */
VtDisk vt_disk_classify (const VtKernelFs *fs, const char *disk);
