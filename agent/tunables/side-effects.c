/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/tunables/side-effects.h"

#include <string.h>

#include "agent/kernel/sysctl-pairs.h"

#define CHANGES VT_SIDE_EFFECT_CHANGES

static const VtSideEffect table[] = {
  /* enabled_store() in mm/huge_memory.c calls set_recommended_min_free_kbytes() in
   * mm/khugepaged.c. "always" and "madvise" raise the value to the recommended one. "never"
   * computes the kernel's default anew, in kernels since 5.17. */
  { "vm/transparent_hugepage", "sysctl/vm.min_free_kbytes", CHANGES },

  /* lockup_detector_update_enable() in kernel/watchdog.c: without the watchdog, its part for hard
   * lockups reads 0. proc_watchdog_common() of older kernels keeps that 0 when it is read. */
  { "sysctl/kernel.watchdog", "sysctl/kernel.nmi_watchdog", CHANGES },

  /* blk_mq_init_sched() in block/blk-mq-sched.c (elevator_switch() in block/elevator.c) sets the
   * scheduler's default, and without a scheduler the depth of the hardware queue. */
  { "block/*/scheduler", "block/*/nr_requests", CHANGES },

  /* netif_set_real_num_tx_queues() in net/core/dev.c resets XPS. Drivers allot their interrupts
   * anew, such as virtnet_set_affinity() in drivers/net/virtio_net.c. */
  { "net/*/combined", "net/*/xps", CHANGES },
  { "net/*/combined", "net/*/irq_affinity", CHANGES },
  { "net/*/rx", "net/*/xps", CHANGES },
  { "net/*/rx", "net/*/irq_affinity", CHANGES },
  { "net/*/tx", "net/*/xps", CHANGES },
  { "net/*/tx", "net/*/irq_affinity", CHANGES },
  { "net/*/other", "net/*/xps", CHANGES },
  { "net/*/other", "net/*/irq_affinity", CHANGES },

  /* init_per_zone_wmark_min() in mm/page_alloc.c: computed anew, and raised to what khugepaged
   * recommends. */
  { NULL, "sysctl/vm.min_free_kbytes", VT_SIDE_EFFECT_OF_MEMORY },

  /* reserve_mem_notifier() in mm/mmap.c: computed anew from the free memory, unless the value is 0
   * or above the kernel's own. */
  { NULL, "sysctl/vm.admin_reserve_kbytes", VT_SIDE_EFFECT_OF_MEMORY },
  { NULL, "sysctl/vm.user_reserve_kbytes", VT_SIDE_EFFECT_OF_MEMORY },

  /* update_sysctl() in kernel/sched/fair.c, in kernels before 5.13: scaled with the number of CPUs.
   * XPS and interrupt affinity, which virtnet_cpu_online() resets, are automatic values: they are
   * decided anew in any case. */
  { NULL, "sysctl/kernel.sched_latency_ns", VT_SIDE_EFFECT_OF_CPUS },
  { NULL, "sysctl/kernel.sched_min_granularity_ns", VT_SIDE_EFFECT_OF_CPUS },
  { NULL, "sysctl/kernel.sched_wakeup_granularity_ns", VT_SIDE_EFFECT_OF_CPUS },
};

const VtSideEffect *
vt_side_effects_list (guint *ret_n)
{
  *ret_n = G_N_ELEMENTS (table);

  return table;
}

/* Whether @key of the table is that of @attribute. @key may be NULL. */
static gboolean
is_key_of (const char *key, const VtAttribute *attribute)
{
  const char *star = key != NULL ? strchr (key, '*') : NULL;

  if (key == NULL)
    return FALSE;
  if (star == NULL)
    return g_str_equal (key, attribute->key);

  return attribute->device != NULL && strncmp (key, attribute->section, star - key - 1) == 0
         && attribute->section[star - key - 1] == '\0' && g_str_equal (star + 2, attribute->name);
}

/* @key with the device of @attribute. (transfer full) */
static char *
fill_device (const char *key, const VtAttribute *attribute)
{
  const char *star = strchr (key, '*');

  return star == NULL
             ? g_strdup (key)
             : g_strdup_printf ("%.*s%s%s", (int) (star - key), key, attribute->device, star + 1);
}

void
vt_side_effects_fill (VtAttribute *attribute)
{
  g_autoptr (GPtrArray) disturbs = g_ptr_array_new ();
  const char *pair
      = g_str_equal (attribute->section, "sysctl") ? vt_sysctl_find_pair (attribute->name) : NULL;

  if (pair != NULL)
    attribute->counterpart = g_strconcat ("sysctl/", pair, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      if (table[i].written == NULL && is_key_of (table[i].changed, attribute))
        attribute->reset_by_hotplug = TRUE;
      if (!is_key_of (table[i].written, attribute))
        continue;

      g_ptr_array_add (disturbs, fill_device (table[i].changed, attribute));
    }

  if (disturbs->len == 0)
    return;

  g_ptr_array_add (disturbs, NULL);
  attribute->disturbs = (GStrv) g_ptr_array_free (g_steal_pointer (&disturbs), FALSE);
}
