/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A list of numbered kernel devices of one kind (memory blocks, processors)
 * in a small file below /run. So the list survives a restart of the agent,
 * but not of the guest. An entry consists of the device's number and the inode
 * of its sysfs folder. The kernel never reuses the inode, so a new device with
 * the same number is not on the list. This module does not know what the list
 * is for.
 */

#include <glib.h>

typedef struct VtPersistentList VtPersistentList;

#define VT_PERSISTENT_LIST_MAX 4096 /* entries; enough for 512 GiB of 128 MiB blocks */

/*
 * Loads the list if its file exists.
 * @root: as of vt_kernel_fs_get_root(). @file: "/run/…".
 * @devices: the path of a device without its number, "/sys/devices/system/memory/memory".
 */
VtPersistentList *vt_persistent_list_new (const char *root, const char *file, const char *devices);
void vt_persistent_list_free (VtPersistentList *list);

/* Whether the file existed. */
gboolean vt_persistent_list_was_loaded (const VtPersistentList *list);

gboolean vt_persistent_list_contains (const VtPersistentList *list, guint64 number);
/* Adds the device, unless it does not exist or the list is full. */
void vt_persistent_list_add (VtPersistentList *list, guint64 number);
void vt_persistent_list_remove (VtPersistentList *list, guint64 number);
void vt_persistent_list_clear (VtPersistentList *list);

/* Whether the list changed since the last vt_persistent_list_take_text(). */
gboolean vt_persistent_list_is_changed (const VtPersistentList *list);
/* Returns: (transfer full): the new text of the file; NULL if the list did not change */
char *vt_persistent_list_take_text (VtPersistentList *list);
/* Writes @text to the file. Logs a failure. Safe while another thread changes the list. */
void vt_persistent_list_write (const VtPersistentList *list, const char *text);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtPersistentList, vt_persistent_list_free)
