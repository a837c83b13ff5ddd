/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The set of pending hot-plug work. Many events about one device are one
 * entry. If more than VT_PENDING_MAX devices are pending, the set only
 * remembers that all devices must be handled. It does no work itself. Safe
 * from any thread.
 */

#include <glib.h>

#define VT_PENDING_MAX 256 /* devices that are remembered by name */

typedef enum
{
  VT_PENDING_SWEEP = 1 << 0,       /* sweep the memory blocks */
  VT_PENDING_CPUS = 1 << 1,        /* tune what depends on the number of CPUs */
  VT_PENDING_ALL_DEVICES = 1 << 2, /* tune every device of every section */
  VT_PENDING_START = 1 << 3,  /* the agent has just started; counts only while a provisional apply
                               * of an earlier process waits: devices may have come unseen */
  VT_PENDING_MEMORY = 1 << 4, /* write again what the kernel sets when memory comes or goes */
} VtPendingFlags;

typedef struct
{
  char *section;    /* "block" */
  char *device;     /* "vda" */
  gboolean removed; /* handled before @added, if both are set */
  gboolean added;   /* or changed */
  gboolean early;   /* added, but udev's rules have not run yet */
} VtPendingDevice;

typedef struct VtPending VtPending;

VtPending *vt_pending_new (void);
void vt_pending_free (VtPending *pending);

/* Allocates no memory. */
void vt_pending_add (VtPending *pending, VtPendingFlags flags);
/* Adds a sweep that begins at memory block @index or earlier. Allocates no memory. */
void vt_pending_add_block (VtPending *pending, guint64 index);

typedef enum
{
  VT_PENDING_ADDED_EARLY, /* from the kernel's event */
  VT_PENDING_ADDED,       /* from udevd's event: its rules have run */
  VT_PENDING_REMOVED,
} VtPendingChange;

void vt_pending_add_device (VtPending *pending,
                            const char *section,
                            const char *device,
                            VtPendingChange change);

gboolean vt_pending_is_empty (VtPending *pending);

/*
 * Takes all pending work out of the set.
 * @ret_devices: (out) (transfer full): of VtPendingDevice, unsorted; NULL: none
 * @ret_from: (out): the first memory block to sweep; may be NULL
 * Returns: the flags
 */
VtPendingFlags vt_pending_take (VtPending *pending, GPtrArray **ret_devices, guint64 *ret_from);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtPending, vt_pending_free)
