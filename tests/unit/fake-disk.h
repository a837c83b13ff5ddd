/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A disk that fails, or takes its process with it, at a moment of the test's choice: the C
 * library's rename(2) and fsync(2) as this program sees them. Other processes have their own.
 */

#include <glib.h>

/* The process ends, at once, at its @at-th rename (from 1); 0: at none. */
void fake_disk_die_at (guint at, gboolean before);
/* The @at-th fsync of a folder (from 1) fails with EIO; 0: none. */
void fake_disk_fail_folder_at (guint at);
