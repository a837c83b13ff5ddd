/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * block/DISK/scheduler: queue/scheduler of Documentation/block/switching-sched.
 * It knows the schedulers' names and aliases, and which one the tuning guide
 * recommends for which disk. disk-transport tells how a disk is attached.
 */

#include <glib.h>

#include "agent/tunables/tunable.h"

/* @folder: "sys/block/vda". (transfer full) */
VtAttribute *vt_block_scheduler_new (const char *disk, const char *identity, const char *folder);

/* Whether @name means no scheduler: "none", or "noop" on kernels before 5.0. */
gboolean vt_block_scheduler_is_none (const char *name);
