/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Finds out how a disk is attached: from the path of its device, and from the
 * vendor and model that the device reports. The host's hints take precedence,
 * because a LUN that the host passes through virtio looks like any virtio
 * disk. This module only reads; it chooses no scheduler.
 */

#include <glib.h>

#include "agent/kernel/kernel-fs.h"
#include "agent/tunables/hints.h"

/* Which side should schedule this disk's requests. */
typedef enum
{
  VT_SCHEDULER_HOST, /* an emulated disk: the host schedules its requests again */
  VT_SCHEDULER_UNKNOWN,
  VT_SCHEDULER_PERHAPS_GUEST, /* emulated or passed through: the guest can't tell which */
  VT_SCHEDULER_GUEST, /* passed through or remote storage: no host scheduler sees its requests */
} VtSchedulerSide;

typedef struct
{
  const char *kind; /* static: "virtio-blk", "emulated-scsi", "iscsi", … */
  /* Of a stacked device: GUEST if any lower disk is, else PERHAPS_GUEST, else UNKNOWN. */
  VtSchedulerSide side;
  gboolean leg;            /* one of several paths that a multipath device bundles */
  VtRotational rotational; /* from the host's hints; a guest can't find out by itself */
} VtDisk;

/* @hints: they override what the guest sees; NULL: none. @disk: a name in /sys/block. */
VtDisk vt_disk_classify (const VtKernelFs *fs, const VtHints *hints, const char *disk);
