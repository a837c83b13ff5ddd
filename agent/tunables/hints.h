/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The host's hints: how the guest's disks are backed on the host, which the
 * guest can't see by itself. This is a plain value that reads no file;
 * disk-hint finds the disk that a hint is for.
 */

#include <glib.h>

#define VT_HINTS_MAX 1024 /* more than the disks of one guest */

typedef enum
{
  VT_BACKING_UNSAID,
  VT_BACKING_IMAGE,       /* a file on the host */
  VT_BACKING_BLOCK,       /* a block device on the host, which the host schedules */
  VT_BACKING_ISCSI,       /* an iSCSI LUN */
  VT_BACKING_LUN,         /* a SCSI LUN that gets the guest's own SCSI commands */
  VT_BACKING_PASSTHROUGH, /* a PCI device, or a function of one, assigned to the guest */
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
  char *serial;  /* the disk's serial number; NULL if @address is set */
  char *address; /* "0000:00:05.0", "8:0:0:1", "0000:00:07.0/0:0:1"; NULL if @serial is set */
  VtBacking backing;
  VtRotational rotational;
} VtHint;

typedef struct
{
  GPtrArray *list; /* of VtHint; the first one that matches a disk is used */
} VtHints;

VtHints *vt_hints_new (void);
VtHints *vt_hints_copy (const VtHints *hints);
void vt_hints_free (VtHints *hints);

/*
 * Copies the strings. Exactly one of @serial and @address must be set.
 * @backing is a word such as "image", or NULL. VT_ERROR_INVALID_ARGUMENT
 * names the faulty value.
 */
gboolean vt_hints_add (VtHints *hints,
                       const char *serial,
                       const char *address,
                       const char *backing,
                       VtRotational rotational,
                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* "image", …; NULL for VT_BACKING_UNSAID. */
const char *vt_backing_word (VtBacking backing);

/* What a hint's address is compared with; see vt_hint_has_address(). */
typedef struct
{
  char *function; /* "0000:00:05.0"; "" if the device is below no PCI function */
  char *unit;     /* "8:0:0:1"; "" if the device is no SCSI device */
} VtDiskAddress;

/* @path: the real path of the device, below /sys/devices. */
void vt_disk_address_init (VtDiskAddress *address, const char *path);
void vt_disk_address_clear (VtDiskAddress *address);

/*
 * Whether @hint has the address of the device. An address is a PCI function,
 * or a SCSI address as the guest numbers it (host:channel:target:lun), or both
 * without the guest's host number, which the host doesn't know:
 * function/channel:target:lun.
 */
gboolean vt_hint_has_address (const VtHint *hint, const VtDiskAddress *address);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtHints, vt_hints_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VtDiskAddress, vt_disk_address_clear)
