/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/kernel/sysctl-pairs.h"

#include <glib.h>

static const char *const pairs[][2] = {
  /* dirty_bytes_handler(), dirty_ratio_handler() and those of the background values in
   * mm/page-writeback.c */
  { "vm.dirty_bytes", "vm.dirty_ratio" },
  { "vm.dirty_background_bytes", "vm.dirty_background_ratio" },
  /* overcommit_kbytes_handler() and overcommit_ratio_handler() in mm/util.c. If both are 0, only
   * swap space may be committed (vm_commit_limit()). */
  { "vm.overcommit_kbytes", "vm.overcommit_ratio" },
};

const char *
vt_sysctl_find_pair (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++)
    {
      if (g_str_equal (name, pairs[i][0]))
        return pairs[i][1];
      if (g_str_equal (name, pairs[i][1]))
        return pairs[i][0];
    }

  return NULL;
}
