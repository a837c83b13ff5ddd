/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Which of the kernel's numbered devices of one kind (memory blocks,
 * processors) are on a list that outlives the agent and not the guest: a
 * small file below /run. Each is known by its number and by its folder's
 * inode in sysfs, which the kernel never gives twice: one that was plugged in
 * another's place is not on the list. It decides nothing about them.
 */

#include <glib.h>

typedef struct VtRoster VtRoster;

/* What a list holds at most: 512 GiB of the smallest blocks. */
#define VT_ROSTER_MAX 4096

/*
 * @root: as of vt_kernel_fs_get_root(). @file: "/run/…"; read where it is there.
 * @devices: what stands before the number, "/sys/devices/system/memory/memory".
 */
VtRoster *vt_roster_new (const char *root, const char *file, const char *devices);
void vt_roster_free (VtRoster *roster);

/* Whether the file was there. */
gboolean vt_roster_was_kept (const VtRoster *roster);

gboolean vt_roster_contains (const VtRoster *roster, guint64 number);
/* Where the device is there and the list is not full. */
void vt_roster_add (VtRoster *roster, guint64 number);
void vt_roster_remove (VtRoster *roster, guint64 number);
void vt_roster_clear (VtRoster *roster);

/* Whether it has changed since vt_roster_take_text(). */
gboolean vt_roster_is_changed (const VtRoster *roster);
/* Returns: (transfer full): what is to be in the file, or NULL where that is so already */
char *vt_roster_take_text (VtRoster *roster);
/* Into the file; a failure is worth a word in the log only. Looks at nothing that changes. */
void vt_roster_write (const VtRoster *roster, const char *text);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtRoster, vt_roster_free)
