/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Processors, /sys/devices/system/cpu/cpuN (admin-guide/cputopology,
 * core-api/cpu_hotplug): lists them, takes them on- and offline. It decides
 * no policy.
 */

#include <glib.h>

#include "agent/kernel/kernel-fs.h"

typedef struct
{
  guint64 id; /* N of cpuN */
  gboolean online;
  gboolean can_offline; /* has a file "online"; the boot processor often has none */
} VtVcpu;

/* N of "cpuN". FALSE: it is none, such as "cpufreq" and "cpuidle". */
gboolean vt_vcpu_parse (const char *name, guint64 *ret_id) G_GNUC_WARN_UNUSED_RESULT;

/* Returns: (transfer full): GArray of VtVcpu by id. VT_ERROR_GENERIC where the folder can't be
 * read. */
GArray *vt_vcpus_list (const VtKernelFs *fs, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/*
 * Brings one to the state asked for; nothing is written where it is so.
 * VT_ERROR_GENERIC: no such processor, it can't be offlined, or the kernel
 * refused; the text names it.
 */
gboolean vt_vcpu_set (const VtKernelFs *fs, guint64 id, gboolean online, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
