/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Where memory is: its blocks by state, NUMA node and zone, gathered into
 * spans; what is free; and what was plugged and refused. For people and
 * hosts who ask: it reads several files a block, allocates, changes nothing.
 */

#include <glib.h>

#include "agent/kernel/kernel-fs.h"

#define VT_MEMORY_WORD_MAX 64

/* Neighbouring blocks that are alike in all. */
typedef struct
{
  guint64 first, last;            /* indices */
  int node;                       /* -1: not said */
  char state[VT_MEMORY_WORD_MAX]; /* "online", "offline", "going-offline" */
  char zones[VT_MEMORY_WORD_MAX]; /* valid_zones: of an online block the one that it is in, of an
                                     offline one those that it may get; "": not said */
} VtMemorySpan;

/* Returns: (transfer full): GArray of VtMemorySpan by index; VT_ERROR_NOT_OFFERED without memory
 * hot-plug. */
GArray *vt_memory_map_list (const VtKernelFs *fs, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Blocks of @map that are online; those in zone Movable alone where @zone is "Movable". */
guint64 vt_memory_map_count_online (const GArray *map, const char *zone);

/*
 * Bytes that are there for the kernel's list of new pages: MemAvailable of
 * /proc/meminfo (proc(5)) less what is free in zone Movable, where none of
 * the kernel's own may lie; 0 where it is not said.
 */
guint64 vt_memory_available (const VtKernelFs *fs);

/*
 * Memory devices that ACPI has enabled and to which no block belongs: the
 * kernel refused them, as it does where their memmap does not fit into what
 * is free. It links a device that it took to its blocks (physical_node,
 * drivers/acpi/acpi_memhotplug.c), and tells QEMU of success either way.
 */
guint vt_memory_count_refused (const VtKernelFs *fs);

/* Bytes that the kernel's list of pages takes for @size bytes: 64 for each page of 4 KiB. */
guint64 vt_memory_memmap (guint64 size);
