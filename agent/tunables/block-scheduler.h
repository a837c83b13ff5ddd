/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * block/DISK/scheduler: queue/scheduler of Documentation/block/switching-sched.
 * It knows the names, their aliases and what the manual recommends for which
 * disk; how a disk is attached is disk-transport's to say.
 */

#include <glib.h>

#include "agent/tunables/tunable.h"

/* @folder: "sys/block/vda". (transfer full) */
VtAttribute *vt_block_scheduler_new (const char *disk, const char *identity, const char *folder);

/* Whether @name stands for no scheduling: "none", or "noop" of kernels before 5.0. */
gboolean vt_block_scheduler_is_none (const char *name);
