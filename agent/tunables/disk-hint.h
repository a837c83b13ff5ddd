/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Finds the hint that is for a disk, and the hints that are for no disk. A
 * disk may show the guest only the first characters of its serial number, so
 * a longer serial number in a hint also matches by these. This module only
 * reads; what a hint means is up to disk-transport.
 */

#include <glib.h>

#include "agent/kernel/kernel-fs.h"
#include "agent/tunables/hints.h"

/*
 * @real: the real path of the disk. Returns: the first hint with the disk's
 * address or its whole serial number; else the one whose serial number begins
 * with what the disk shows. NULL: none, or several with that beginning.
 */
const VtHint *vt_disk_hint_find (const VtKernelFs *fs, const VtHints *hints, const char *real);

/* Appends to @texts (of char *) each hint that is used for no disk of the guest, and why. */
void vt_disk_hints_list_unused (const VtKernelFs *fs, const VtHints *hints, GPtrArray *texts);
