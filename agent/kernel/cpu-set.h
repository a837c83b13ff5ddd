/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Sets of CPUs, and the two formats in which the kernel writes them: lists
 * ("0-3,5") and masks ("2f", "1,00000000"). A set is a GArray of guint, in
 * ascending order, without duplicates. This module writes no attribute.
 */

#include <glib.h>

#include "agent/kernel/kernel-fs.h"

#define VT_CPUS_MAX 8192 /* the highest CONFIG_NR_CPUS that the kernel allows on x86 */

/* Returns: (transfer full); NULL: VT_ERROR_INVALID_ARGUMENT. "" is the empty set. */
GArray *vt_cpu_set_parse_list (const char *text, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Returns: (transfer full): the CPUs of a mask such as "2f" or "1,00000000"; NULL: it is no mask.
 */
GArray *vt_cpu_set_parse_mask (const char *mask) G_GNUC_WARN_UNUSED_RESULT;

/* Compares two CPUs (guint), for g_array_binary_search(). */
int vt_cpu_compare (gconstpointer a, gconstpointer b);

/* Reads /sys/devices/system/cpu/online (admin-guide/cputopology). Returns: (transfer full) */
GArray *vt_cpu_set_online (const VtKernelFs *fs, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Returns: (transfer full): a list such as "0-3,5" */
char *vt_cpu_set_to_list (const GArray *set);
/* Returns: (transfer full): a mask such as "2f": hexadecimal, a comma every 32 bits, no leading
 * zeros. The empty set is "0". */
char *vt_cpu_set_to_mask (const GArray *set);
/* Returns: (transfer full): @mask, as the kernel shows it, without leading zeros and commas */
char *vt_cpu_mask_normalise (const char *mask);

/*
 * Distributes @set over @n_queues queues round-robin and returns the CPUs of
 * @queue: queue i gets the CPUs i, i + n, i + 2n, … of the set. If there are
 * more queues than CPUs, several queues share a CPU.
 * Returns: (transfer full); empty if @set is empty or @n_queues is 0
 */
GArray *vt_cpu_set_share (const GArray *set, guint queue, guint n_queues);
