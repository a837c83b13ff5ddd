/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/neighbours/irqbalance.h"

#define UNIT "irqbalance.service"

/* The control group exists while the unit runs, in the unified or in the older hierarchy. */
static const char *const control_groups[] = {
  "sys/fs/cgroup/system.slice/" UNIT,
  "sys/fs/cgroup/systemd/system.slice/" UNIT,
};

/* A masked unit is a link to /dev/null (systemctl(1), mask). */
static const char *const masks[] = { "etc/systemd/system/" UNIT, "run/systemd/system/" UNIT };

#define ENABLED "etc/systemd/system/multi-user.target.wants/" UNIT

/* systemd keeps a link there for each unit that is active (unit_export_invocation_id() of its
 * core/unit.c). This unit is active once the system is up, when irqbalance is started too. */
#define UNITS  "run/systemd/units"
#define BOOTED "invocation:systemd-user-sessions.service"

static gboolean
is_masked (const VtKernelFs *fs)
{
  for (guint i = 0; i < G_N_ELEMENTS (masks); i++)
    {
      g_autofree char *target = vt_kernel_fs_realpath (fs, masks[i]);

      if (g_strcmp0 (target, "dev/null") == 0)
        return TRUE;
    }

  return FALSE;
}

static gboolean
has_booted (const VtKernelFs *fs)
{
  g_auto (GStrv) units = vt_kernel_fs_list (fs, UNITS);

  return g_strv_contains ((const char *const *) units, BOOTED);
}

/* At boot the agent starts before irqbalance. */
static gboolean
will_start (const VtKernelFs *fs)
{
  return vt_kernel_fs_exists (fs, ENABLED) && !is_masked (fs) && !has_booted (fs);
}

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

  for (guint i = 0; i < G_N_ELEMENTS (control_groups); i++)
    {
      if (vt_kernel_fs_exists (fs, control_groups[i]))
        return TRUE;
    }
  if (will_start (fs))
    return TRUE;

  return vt_kernel_fs_each (fs, "proc", check_process, &search) == 0 && search.found;
}
