/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A disk that fails, or kills its process, at a moment of the test's choice: the C library's
 * write(2), fsync(2), fdatasync(2) and rename(2) as this program sees them, for files named
 * state.log or state.log.new and for folders. Other files and processes have their own.
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
