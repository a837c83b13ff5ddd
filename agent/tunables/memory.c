/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/tunables/kernel-attribute.h"
#include "agent/tunables/tunables.h"

/*
 * What the kernel does with memory that is plugged: admin-guide/mm/memory-hotplug,
 * whose words these are. A kernel without memory hot-plug has none of the files.
 */

#define BLOCKS     "sys/devices/system/memory/"
#define PARAMETERS "sys/module/memory_hotplug/parameters/"

static const char *const online_words[] = {
  "offline", "online", "online_kernel", "online_movable", NULL,
};

static const char *const policy_words[] = { "contig-zones", "auto-movable", NULL };

static const VtKernelRow rows[] = {
  {
      .name = "online_policy",
      .path = PARAMETERS "online_policy",
      .kind = VT_KERNEL_WORD,
      .words = policy_words,
      .rank = VT_RANK_PLAIN,
  },
  {
      .name = "auto_movable_ratio",
      .path = PARAMETERS "auto_movable_ratio",
      .kind = VT_KERNEL_NUMBER,
      .max = G_MAXINT32,
      .rank = VT_RANK_PLAIN,
  },
  /* From here on memory comes online: by the policy that is set by then. */
  {
      .name = "auto_online_blocks",
      .path = BLOCKS "auto_online_blocks",
      .kind = VT_KERNEL_WORD,
      .words = online_words,
      .rank = VT_RANK_LATE,
      .lasting = "memory that came online stays online",
  },
};

static const char *const names[] = {
  "online_policy",
  "auto_movable_ratio",
  "auto_online_blocks",
  NULL,
};

G_STATIC_ASSERT (G_N_ELEMENTS (names) == G_N_ELEMENTS (rows) + 1);

static void
memory_enumerate (const VtSystem *system, const char *device, GPtrArray *attributes)
{
  if (device == NULL)
    vt_kernel_attributes_enumerate (system, rows, G_N_ELEMENTS (rows), "memory", attributes);
}

const VtTunable vt_tunable_memory = {
  .section = "memory",
  .names = names,
  .enumerate = memory_enumerate,
};
