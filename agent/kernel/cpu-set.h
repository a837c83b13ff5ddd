/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Sets of CPUs as the kernel writes them: lists ("0-3,5") and masks
 * ("2f", "1,00000000"). A set is a GArray of guint, ascending, each once.
 * It sets nothing.
 */

#include <glib.h>

#include "agent/kernel/kernel-fs.h"

#define VT_CPUS_MAX 8192 /* the kernel's own highest CONFIG_NR_CPUS on x86 */

/* Returns: (transfer full), or NULL with VT_ERROR_INVALID_ARGUMENT. "" is the empty set. */
GArray *vt_cpu_set_parse_list (const char *text, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* /sys/devices/system/cpu/online (admin-guide/cputopology). Returns: (transfer full) */
GArray *vt_cpu_set_online (const VtKernelFs *fs, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* "0-3,5". (transfer full) */
char *vt_cpu_set_to_list (const GArray *set);
/* Hexadecimal, a comma every 32 bits, no leading zeros: "2f"; "0" for the empty set. (transfer
 * full) */
char *vt_cpu_set_to_mask (const GArray *set);
/* A mask as the kernel shows it, less its leading zeros and commas. (transfer full) */
char *vt_cpu_mask_normalise (const char *mask);

/*
 * The share of @queue when @set is dealt out over @n_queues like cards:
 * queue i gets the CPUs i, i + n, i + 2n, … of the set. So each queue has one
 * CPU where there are as many of both, and where there are more queues than
 * CPUs they come round again. (transfer full)
 */
GArray *vt_cpu_set_share (const GArray *set, guint queue, guint n_queues);
