/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What is still to be done about devices: a set, so that a storm of events
 * about one device is one entry, and bounded, so that a storm of devices is
 * "look at all". It does nothing itself. Safe from any thread.
 */

#include <glib.h>

#define VT_PENDING_MAX 256 /* devices named one by one */

typedef enum
{
  VT_PENDING_SWEEP = 1 << 0, /* offline memory blocks */
  VT_PENDING_CPUS = 1 << 1,  /* all that hangs on the number of CPUs */
  VT_PENDING_ALL = 1 << 2,   /* every device of every section */
  VT_PENDING_START = 1 << 3, /* what came while no agent ran, unless its start sees to it */
} VtPendingFlags;

typedef struct
{
  char *section;  /* "block" */
  char *device;   /* "vda" */
  gboolean left;  /* it went; comes first */
  gboolean came;  /* it is there (again), or changed */
  gboolean early; /* it came, and udev's rules are still to run */
} VtPendingDevice;

typedef struct VtPending VtPending;

VtPending *vt_pending_new (void);
void vt_pending_free (VtPending *pending);

/* Allocates nothing. */
void vt_pending_add (VtPending *pending, VtPendingFlags flags);
/* A sweep from memory block @index on; likewise. */
void vt_pending_add_block (VtPending *pending, guint64 index);

typedef enum
{
  VT_PENDING_CAME_EARLY, /* the kernel's word */
  VT_PENDING_CAME,       /* udevd's word: its rules have run */
  VT_PENDING_LEFT,
} VtPendingNews;

void vt_pending_add_device (VtPending *pending,
                            const char *section,
                            const char *device,
                            VtPendingNews news);

gboolean vt_pending_is_empty (VtPending *pending);

/*
 * Empties it.
 * @ret_devices: (out) (transfer full): of VtPendingDevice, in no order; NULL: none
 * @ret_from: (out): the block from which on to sweep; may be NULL
 * Returns: the flags
 */
VtPendingFlags vt_pending_take (VtPending *pending, GPtrArray **ret_devices, guint64 *ret_from);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtPending, vt_pending_free)
