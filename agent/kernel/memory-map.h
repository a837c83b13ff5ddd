/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A map of the guest's memory for people and hosts: blocks grouped into spans
 * by state, NUMA node and zone, the memory that the kernel can still use for
 * itself, and the memory devices that the kernel refused. It reads several
 * files for each block, allocates memory, and changes nothing.
 */

#include <glib.h>

#include "agent/kernel/kernel-fs.h"

#define VT_MEMORY_SPAN_TEXT_MAX 64

/* Neighbouring blocks with the same node, state and zones. */
typedef struct
{
  guint64 first, last;                 /* indices */
  int node;                            /* -1: unknown */
  char state[VT_MEMORY_SPAN_TEXT_MAX]; /* "online", "offline", "going-offline" */
  /* valid_zones: the zone of an online block; the possible zones of an offline block; "": unknown
   */
  char zones[VT_MEMORY_SPAN_TEXT_MAX];
} VtMemorySpan;

/* Returns: (transfer full): GArray of VtMemorySpan, sorted by index; NULL: VT_ERROR_NOT_OFFERED
 * without memory hot-plug, else VT_ERROR_GENERIC. */
GArray *vt_memory_map_list (const VtKernelFs *fs, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Returns: the number of online blocks of @map. @zone: count only blocks whose zones are exactly
 * this text, such as "Movable"; NULL: all. */
guint64 vt_memory_map_count_online (const GArray *map, const char *zone);

/*
 * Returns: the bytes that the kernel can use for the page list (memmap) of new
 * memory: MemAvailable of /proc/meminfo (proc(5)) less the free memory in zone
 * Movable, where the kernel can't put its own data; 0 if unknown.
 */
guint64 vt_memory_read_kernel_available (const VtKernelFs *fs);

/*
 * Returns: the number of memory devices that ACPI has enabled but that have no
 * memory blocks. The kernel refused them, as it does if their memmap does not
 * fit into free memory. The kernel links a device that it accepted to its
 * blocks (physical_node, drivers/acpi/acpi_memhotplug.c), but reports success
 * to QEMU in both cases.
 */
guint vt_memory_count_refused_devices (const VtKernelFs *fs);

/* Returns: the bytes of memmap that @size bytes of memory need: 64 for each page of 4 KiB */
guint64 vt_memory_memmap_size (guint64 size);
