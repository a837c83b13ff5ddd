/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/neighbours/irqbalance.h"

/*
 * The control group (in the unified or in the older hierarchy) exists while
 * the unit runs. The link exists if the unit is enabled: at boot the agent
 * starts before irqbalance.
 */
static const char *const evidence[] = {
  "sys/fs/cgroup/system.slice/irqbalance.service",
  "sys/fs/cgroup/systemd/system.slice/irqbalance.service",
  "etc/systemd/system/multi-user.target.wants/irqbalance.service",
};

typedef struct
{
  const VtKernelFs *fs;
  gboolean found;
} Search;

/* proc(5): comm is the name of the program, 15 bytes at most. */
static gboolean
check_process (const char *name, gpointer data)
{
  Search *search = data;
  char path[64];
  char comm[32];

  if (!g_ascii_isdigit (*name))
    return TRUE;

  g_snprintf (path, sizeof path, "proc/%s/comm", name);
  search->found = vt_kernel_fs_read_buffer (search->fs, path, comm, sizeof comm) == 0
                  && g_str_equal (comm, "irqbalance");

  return !search->found;
}

gboolean
vt_irqbalance_runs (const VtKernelFs *fs)
{
  Search search = { fs, FALSE };

  for (guint i = 0; i < G_N_ELEMENTS (evidence); i++)
    {
      if (vt_kernel_fs_exists (fs, evidence[i]))
        return TRUE;
    }

  return vt_kernel_fs_each (fs, "proc", check_process, &search) == 0 && search.found;
}
