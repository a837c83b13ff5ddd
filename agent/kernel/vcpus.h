/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Processors below /sys/devices/system/cpu (admin-guide/cputopology,
 * core-api/cpu_hotplug): lists them and takes them online and offline. It
 * decides no policy.
 */

#include <glib.h>

#include "agent/kernel/kernel-fs.h"

typedef struct
{
  guint64 id; /* N of cpuN */
  gboolean online;
  gboolean can_offline; /* has a file "online"; the boot processor often does not */
} VtVcpu;

/* Parses N of "cpuN". FALSE: @name is not the name of a processor, such as "cpufreq". */
gboolean vt_vcpu_parse (const char *name, guint64 *ret_id) G_GNUC_WARN_UNUSED_RESULT;

/* Returns: (transfer full): GArray of VtVcpu, sorted by id; NULL: VT_ERROR_GENERIC if the folder
 * can't be read. */
GArray *vt_vcpus_list (const VtKernelFs *fs, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/*
 * Takes a processor online or offline. Writes nothing if it is in that state.
 * FALSE: VT_ERROR_GENERIC: no such processor, it can't be taken offline, or
 * the kernel refused. The text names the processor.
 */
gboolean vt_vcpu_set (const VtKernelFs *fs, guint64 id, gboolean online, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
