/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the host says of the disks it gives: which the guest can't see for
 * itself. A value; it reads nothing, and which disk a hint is for is found
 * out by disk-transport.
 */

#include <glib.h>

#define VT_HINTS_MAX 1024 /* of one guest; it has no more disks */

typedef enum
{
  VT_BACKING_UNSAID,
  VT_BACKING_IMAGE,       /* a file of the host's */
  VT_BACKING_BLOCK,       /* a block device of the host's, which the host schedules */
  VT_BACKING_ISCSI,       /* an iSCSI LUN */
  VT_BACKING_LUN,         /* a SCSI LUN whose commands go through */
  VT_BACKING_PASSTHROUGH, /* a device, or a function of one, given away as a whole */
  VT_N_BACKINGS
} VtBacking;

typedef enum
{
  VT_ROTATIONAL_UNSAID,
  VT_ROTATIONAL_YES,
  VT_ROTATIONAL_NO,
} VtRotational;

typedef struct
{
  char *serial;  /* the disk's serial number; NULL where the address tells */
  char *address; /* "0000:00:05.0", "8:0:0:1", "0000:00:07.0/0:0:1"; NULL where the serial tells */
  VtBacking backing;
  VtRotational rotational;
} VtHint;

typedef struct
{
  GPtrArray *list; /* of VtHint; the first that fits a disk counts */
} VtHints;

VtHints *vt_hints_new (void);
VtHints *vt_hints_copy (const VtHints *hints);
void vt_hints_free (VtHints *hints);

/*
 * Strings are copied; exactly one of @serial and @address is not NULL,
 * @backing (a word) may be. VT_ERROR_INVALID_ARGUMENT names what is wrong.
 */
gboolean vt_hints_add (VtHints *hints,
                       const char *serial,
                       const char *address,
                       const char *backing,
                       VtRotational rotational,
                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* "image", …; NULL: unsaid */
const char *vt_backing_word (VtBacking backing);

/*
 * Whether @hint's address is that of the device whose real path is @path
 * (below /sys/devices): its PCI function, its SCSI address as the guest
 * numbers it (host:channel:target:lun), or function/channel:target:lun,
 * which the host knows.
 */
gboolean vt_hint_has_address (const VtHint *hint, const char *path);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtHints, vt_hints_free)
