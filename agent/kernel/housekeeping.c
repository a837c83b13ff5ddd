/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/kernel/housekeeping.h"

#include "agent/kernel/cpu-set.h"

/*
 * Lists of isolated CPUs. The first two are print_cpus_isolated() and print_cpus_nohz_full() of
 * drivers/base/cpu.c, the third is described in admin-guide/cgroup-v2. A file may be absent.
 */
static const char *const isolated_files[] = {
  "sys/devices/system/cpu/isolated",
  "sys/devices/system/cpu/nohz_full",
  "sys/fs/cgroup/cpuset.cpus.isolated",
};

/* The CPUs that new interrupts may use, as a mask: init_irq_default_affinity() of kernel/irq. */
#define IRQ_FILE "proc/irq/default_smp_affinity"

/* NULL: no such file, or no list, such as "(null)" where the kernel has no nohz_full CPUs. */
static GArray *
read_list (const VtKernelFs *fs, const char *path)
{
  g_autofree char *text = vt_kernel_fs_read (fs, path, NULL);

  return text != NULL ? vt_cpu_set_parse_list (text, NULL) : NULL;
}

static gboolean
has_cpu (const GArray *set, guint cpu)
{
  return g_array_binary_search ((GArray *) set, &cpu, vt_cpu_compare, NULL);
}

/* Removes the CPUs that are in @other, or with @keep those that are not. */
static void
filter (GArray *set, const GArray *other, gboolean keep)
{
  guint n = 0;

  for (guint i = 0; i < set->len; i++)
    {
      guint cpu = g_array_index (set, guint, i);

      if (has_cpu (other, cpu) == keep)
        g_array_index (set, guint, n++) = cpu;
    }

  g_array_set_size (set, n);
}

GArray *
vt_housekeeping_cpus (const VtKernelFs *fs, GError **error)
{
  g_autoptr (GArray) online = vt_cpu_set_online (fs, error);
  g_autoptr (GArray) left = NULL;

  if (online == NULL)
    return NULL;

  left = g_array_copy (online);
  for (guint i = 0; i < G_N_ELEMENTS (isolated_files); i++)
    {
      g_autoptr (GArray) isolated = read_list (fs, isolated_files[i]);

      if (isolated != NULL)
        filter (left, isolated, FALSE);
    }

  return left->len > 0 ? g_steal_pointer (&left) : g_steal_pointer (&online);
}

GArray *
vt_housekeeping_irq_cpus (const VtKernelFs *fs, GError **error)
{
  g_autoptr (GArray) cpus = vt_housekeeping_cpus (fs, error);
  g_autofree char *text = vt_kernel_fs_read (fs, IRQ_FILE, NULL);
  g_autoptr (GArray) allowed = text != NULL ? vt_cpu_set_parse_mask (text) : NULL;
  g_autoptr (GArray) left = NULL;

  if (cpus == NULL || allowed == NULL)
    return g_steal_pointer (&cpus);

  left = g_array_copy (cpus);
  filter (left, allowed, TRUE);

  return left->len > 0 ? g_steal_pointer (&left) : g_steal_pointer (&cpus);
}
