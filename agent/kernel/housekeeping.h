/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The CPUs that the operator left for general work. Isolated CPUs are those that isolcpus= or
 * nohz_full= on the kernel's command line name, and those of isolated cpuset partitions.
 */

#include <glib.h>

#include "agent/kernel/kernel-fs.h"

/*
 * Online CPUs that are not isolated; all online CPUs if none is left. (transfer full): sorted, as
 * in cpu-set.h. NULL: the online CPUs cannot be read.
 */
GArray *vt_housekeeping_cpus (const VtKernelFs *fs, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/*
 * The same, without the CPUs that irqaffinity= excludes; if none is left, as
 * vt_housekeeping_cpus().
 */
GArray *vt_housekeeping_irq_cpus (const VtKernelFs *fs, GError **error) G_GNUC_WARN_UNUSED_RESULT;
