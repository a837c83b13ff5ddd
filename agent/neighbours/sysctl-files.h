/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The sysctls that the guest's operator sets in /etc/sysctl.d, /run/sysctl.d and /etc/sysctl.conf
 * (sysctl.d(5)). TuneD, too, lets these win over its profiles (reapply_sysctl). Folders of
 * packages, such as /usr/lib/sysctl.d, hold defaults and are not read.
 */

#include <glib.h>

#include "agent/kernel/kernel-fs.h"

typedef struct VtSysctlFiles VtSysctlFiles;

/* Reads them all; a file that can't be read counts as empty. (transfer full) */
VtSysctlFiles *vt_sysctl_files_read (const VtKernelFs *fs);
void vt_sysctl_files_free (VtSysctlFiles *files);

/* The path of the file that sets @name ("vm.swappiness"), the last one if several do; NULL: none
 * does. The files'. */
const char *vt_sysctl_files_find (const VtSysctlFiles *files, const char *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtSysctlFiles, vt_sysctl_files_free)
