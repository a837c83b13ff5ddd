/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/tunables/kernel-attribute.h"
#include "agent/tunables/tunables.h"

/* Transparent huge pages (admin-guide/mm/transhuge). The names are those of TuneD's [vm] section.
 */

#define FOLDER "sys/kernel/mm/transparent_hugepage/"

static const VtKernelRow rows[] = {
  {
      .name = "transparent_hugepage",
      .path = FOLDER "enabled",
      .kind = VT_KERNEL_CHOICE,
      .rank = VT_RANK_PLAIN,
  },
  {
      .name = "transparent_hugepage.defrag",
      .path = FOLDER "defrag",
      .kind = VT_KERNEL_CHOICE,
      .rank = VT_RANK_LATE,
  },
};

static const char *const names[] = { "transparent_hugepage", "transparent_hugepage.defrag", NULL };

G_STATIC_ASSERT (G_N_ELEMENTS (names) == G_N_ELEMENTS (rows) + 1);

static void
vm_enumerate (const VtSystem *system, const char *device, GPtrArray *attributes)
{
  if (device == NULL)
    vt_kernel_attributes_enumerate (system, rows, G_N_ELEMENTS (rows), "vm", attributes);
}

const VtTunable vt_tunable_vm = {
  .section = "vm",
  .names = names,
  .enumerate = vm_enumerate,
};
