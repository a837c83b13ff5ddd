/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A disk that fails, or kills its process, at a moment that the test chooses. It replaces write(2),
 * fsync(2), fdatasync(2) and rename(2) in this program. Only files named state.log or state.log.new
 * and folders are affected.
 */

#include <glib.h>

/* Ends the process at once, before or after its @at-th such call (from 1); 0: never. */
void fake_disk_die_at (guint at, gboolean before);

/* @full: each write to a file of the state fails with ENOSPC, whether it appends or creates a file.
 */
void fake_disk_set_full (gboolean full);
/* The disk is full from the @at-th write on (from 1). */
void fake_disk_fill_at (guint at);

/* The @first-th to @last-th sync of a file or folder fail with EIO (from 1); 0: none. */
void fake_disk_fail_syncs (guint first, guint last);
