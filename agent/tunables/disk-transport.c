/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/tunables/disk-transport.h"

#include <string.h>

#include "agent/tunables/disk-hint.h"

/* How many layers of dm and md devices to follow. */
#define STACK_MAX 8

static const VtDisk unknown = { "unknown", VT_SCHEDULER_UNKNOWN, FALSE, VT_ROTATIONAL_UNSAID };
static const VtDisk virtio_blk = { "virtio-blk", VT_SCHEDULER_HOST, FALSE, VT_ROTATIONAL_UNSAID };
static const VtDisk emulated_scsi
    = { "emulated-scsi", VT_SCHEDULER_HOST, FALSE, VT_ROTATIONAL_UNSAID };
static const VtDisk emulated_ide
    = { "emulated-ide", VT_SCHEDULER_HOST, FALSE, VT_ROTATIONAL_UNSAID };
static const VtDisk emulated_nvme
    = { "emulated-nvme", VT_SCHEDULER_HOST, FALSE, VT_ROTATIONAL_UNSAID };
static const VtDisk iscsi = { "iscsi", VT_SCHEDULER_GUEST, FALSE, VT_ROTATIONAL_UNSAID };
static const VtDisk scsi_passthrough
    = { "scsi-passthrough", VT_SCHEDULER_GUEST, FALSE, VT_ROTATIONAL_UNSAID };
static const VtDisk unknown_scsi
    = { "unknown-scsi", VT_SCHEDULER_PERHAPS_GUEST, FALSE, VT_ROTATIONAL_UNSAID };
static const VtDisk ata_passthrough
    = { "ata-passthrough", VT_SCHEDULER_GUEST, FALSE, VT_ROTATIONAL_UNSAID };
static const VtDisk nvme_passthrough
    = { "nvme-passthrough", VT_SCHEDULER_GUEST, FALSE, VT_ROTATIONAL_UNSAID };
static const VtDisk nvme_fabrics
    = { "nvme-fabrics", VT_SCHEDULER_GUEST, FALSE, VT_ROTATIONAL_UNSAID };

static VtDisk
classify_disk (const VtKernelFs *fs, const VtHints *hints, const char *real, guint depth);

/* The index of the part that is @prefix followed by a number ("virtio3"); -1: none. */
static int
find_numbered (char **parts, const char *prefix)
{
  gsize len = strlen (prefix);

  for (int i = 0; parts[i] != NULL; i++)
    {
      const char *digits = parts[i] + len;

      if (g_str_has_prefix (parts[i], prefix) && *digits != '\0'
          && strspn (digits, "0123456789") == strlen (digits))
        return i;
    }

  return -1;
}

static gboolean
has_prefixed (char **parts, const char *prefix)
{
  for (guint i = 0; parts[i] != NULL; i++)
    {
      if (g_str_has_prefix (parts[i], prefix))
        return TRUE;
    }

  return FALSE;
}

/* Whether the file @name in @folder has @text, apart from blanks around it. */
static gboolean
file_equals (const VtKernelFs *fs, const char *folder, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree char *value = vt_kernel_fs_read (fs, path, NULL);

  return value != NULL && g_str_equal (g_strstrip (value), text);
}

static VtDisk
most_restrictive (VtDisk a, VtDisk b)
{
  return b.side > a.side ? b : a;
}

/* QEMU's emulated NVMe controller has the PCI ID 1b36:0010 (QEMU docs/specs/pci-ids). A controller
 * that is passed through has the ID of its manufacturer. */
static VtDisk
classify_nvme_controller (const VtKernelFs *fs, const char *controller)
{
  g_autofree char *path = g_build_filename (controller, "transport", NULL);

  if (vt_kernel_fs_exists (fs, path) && !file_equals (fs, controller, "transport", "pcie"))
    return nvme_fabrics;
  if (file_equals (fs, controller, "device/vendor", "0x1b36")
      && file_equals (fs, controller, "device/device", "0x0010"))
    return emulated_nvme;

  return nvme_passthrough;
}

/*
 * A namespace is below its controller in /sys. With the kernel's NVMe
 * multipath it is below a subsystem, which links to its controllers.
 */
static VtDisk
classify_nvme (const VtKernelFs *fs, const char *real)
{
  g_autofree char *parent = g_path_get_dirname (real);
  g_auto (GStrv) names = NULL;
  VtDisk disk = unknown;
  gboolean found = FALSE;

  if (strstr (real, "/nvme-subsystem/") == NULL)
    return classify_nvme_controller (fs, parent);

  names = vt_kernel_fs_list (fs, parent);
  for (guint i = 0; names[i] != NULL; i++)
    {
      g_autofree char *controller = g_build_filename (parent, names[i], NULL);
      char *own[] = { names[i], NULL };
      VtDisk one;

      if (find_numbered (own, "nvme") != 0)
        continue;

      one = classify_nvme_controller (fs, controller);
      disk = found ? most_restrictive (disk, one) : one;
      found = TRUE;
    }

  return disk;
}

/*
 * What disks of hypervisors and clouds report as vendor and model, as lsscsi
 * and /dev/disk/by-id show them in their guests. Amazon has no SCSI disks.
 */
typedef struct
{
  const char *vendor;
  const char *model; /* NULL: any */
} ScsiName;

static const ScsiName emulated_scsi_names[] = {
  { "QEMU", NULL }, /* hw/scsi/scsi-disk.c of QEMU; its option "vendor" sets another */
  { "VBOX", "HARDDISK" },
  { "VMware", "Virtual disk" },      /* ESXi */
  { "VMware,", "VMware Virtual S" }, /* Workstation */
  { "Msft", "Virtual Disk" },        /* Hyper-V, Azure: 66-azure-storage.rules of WALinuxAgent */
  { "Google", "PersistentDisk" },    /* scsi-0Google_PersistentDisk_… */
  { "Google", "EphemeralDisk" },     /* scsi-0Google_EphemeralDisk_…, its local SSDs */
  { "ORACLE", "BlockVolume" },       /* Oracle Cloud, behind virtio-scsi; also over iSCSI */
  { "DO", "Volume" },                /* DigitalOcean: scsi-0DO_Volume_… */
  { "HC", "Volume" },                /* Hetzner: scsi-0HC_Volume_… */
  { "Linode", "Volume" },            /* filesystem_path in Linode's API: scsi-0Linode_Volume_… */
};

/* libata's vendor is "ATA". A model has 16 characters, the rest is cut off (SAT, INQUIRY). */
static const char *const emulated_ata_models[] = {
  "QEMU HARDDISK", "VBOX HARDDISK", "VMware Virtual I", /* "VMware Virtual IDE Hard Drive" */
  "VMware Virtual S",                                   /* "VMware Virtual SATA Hard Drive" */
};

/* A vendor that is not in the table may be a LUN's, or one that the host made up. */
static VtDisk
classify_scsi (const VtKernelFs *fs, const char *real)
{
  for (guint i = 0; i < G_N_ELEMENTS (emulated_scsi_names); i++)
    {
      const ScsiName *name = &emulated_scsi_names[i];

      if (file_equals (fs, real, "device/vendor", name->vendor)
          && (name->model == NULL || file_equals (fs, real, "device/model", name->model)))
        return emulated_scsi;
    }

  return unknown_scsi;
}

static VtDisk
classify_ata (const VtKernelFs *fs, const char *real)
{
  for (guint i = 0; i < G_N_ELEMENTS (emulated_ata_models); i++)
    {
      if (file_equals (fs, real, "device/model", emulated_ata_models[i]))
        return emulated_ide;
    }

  return ata_passthrough;
}

/* The folder of the disk @slave, or of the disk of which @slave is a partition. (transfer full) */
static char *
whole_disk (const VtKernelFs *fs, const char *slave)
{
  g_autofree char *real = vt_kernel_fs_realpath (fs, slave);
  g_autofree char *partition = real != NULL ? g_build_filename (real, "partition", NULL) : NULL;

  if (real == NULL || !vt_kernel_fs_exists (fs, partition))
    return g_steal_pointer (&real);

  return g_path_get_dirname (real);
}

/* dm and md devices: as the lower disk that restricts most. */
static VtDisk
classify_stack (
    const VtKernelFs *fs, const VtHints *hints, const char *real, const char *kind, guint depth)
{
  g_autofree char *folder = g_build_filename (real, "slaves", NULL);
  g_auto (GStrv) names = vt_kernel_fs_list (fs, folder);
  VtDisk disk = unknown;

  for (guint i = 0; names[i] != NULL && depth < STACK_MAX; i++)
    {
      g_autofree char *slave = g_build_filename (folder, names[i], NULL);
      g_autofree char *whole = whole_disk (fs, slave);
      VtDisk one = whole != NULL ? classify_disk (fs, hints, whole, depth + 1) : unknown;

      disk = i == 0 ? one : most_restrictive (disk, one);
    }

  disk.kind = kind;

  return disk;
}

static gboolean
is_multipath (const VtKernelFs *fs, const char *folder)
{
  g_autofree char *path = g_build_filename (folder, "dm/uuid", NULL);
  g_autofree char *uuid = vt_kernel_fs_read (fs, path, NULL);

  return uuid != NULL && g_str_has_prefix (uuid, "mpath-");
}

/* The order matters: the path of an iSCSI session or a SAS end device also has a "hostN" part. */
static VtDisk
classify_path (const VtKernelFs *fs, const VtHints *hints, const char *real, guint depth)
{
  g_auto (GStrv) parts = g_strsplit (real, "/", -1);
  g_autofree char *name = g_path_get_basename (real);
  int virtio = find_numbered (parts, "virtio");

  if (find_numbered (parts, "session") >= 0)
    return iscsi;
  if (has_prefixed (parts, "rport-") || has_prefixed (parts, "end_device-"))
    return scsi_passthrough;
  if (g_str_has_prefix (name, "nvme"))
    return classify_nvme (fs, real);
  if (virtio >= 0 && g_strcmp0 (parts[virtio + 1], "block") == 0)
    return virtio_blk;
  if (find_numbered (parts, "ata") >= 0)
    return classify_ata (fs, real);
  if (find_numbered (parts, "host") >= 0)
    return classify_scsi (fs, real);
  if (g_str_has_prefix (name, "dm-"))
    return classify_stack (fs, hints, real, is_multipath (fs, real) ? "multipath" : "device-mapper",
                           depth);
  if (g_str_has_prefix (name, "md"))
    return classify_stack (fs, hints, real, "md-raid", depth);

  return unknown;
}

/* A hint from the host overrides what the guest sees. */
static VtDisk
classify_disk (const VtKernelFs *fs, const VtHints *hints, const char *real, guint depth)
{
  static const VtDisk by_backing[] = {
    [VT_BACKING_IMAGE] = { "image-backed", VT_SCHEDULER_HOST, FALSE, VT_ROTATIONAL_UNSAID },
    [VT_BACKING_BLOCK] = { "block-backed", VT_SCHEDULER_HOST, FALSE, VT_ROTATIONAL_UNSAID },
    [VT_BACKING_ISCSI] = { "iscsi", VT_SCHEDULER_GUEST, FALSE, VT_ROTATIONAL_UNSAID },
    [VT_BACKING_LUN] = { "scsi-passthrough", VT_SCHEDULER_GUEST, FALSE, VT_ROTATIONAL_UNSAID },
    [VT_BACKING_PASSTHROUGH] = { "passthrough", VT_SCHEDULER_GUEST, FALSE, VT_ROTATIONAL_UNSAID },
  };
  const VtHint *hint = vt_disk_hint_find (fs, hints, real);
  VtDisk disk = hint != NULL && hint->backing != VT_BACKING_UNSAID
                    ? by_backing[hint->backing]
                    : classify_path (fs, hints, real, depth);

  if (hint != NULL)
    disk.rotational = hint->rotational;

  return disk;
}

/* Whether the disk is a leg: one of the paths of a device-mapper multipath device. */
static gboolean
is_leg (const VtKernelFs *fs, const char *real)
{
  g_autofree char *folder = g_build_filename (real, "holders", NULL);
  g_auto (GStrv) names = vt_kernel_fs_list (fs, folder);

  for (guint i = 0; names[i] != NULL; i++)
    {
      g_autofree char *holder = g_build_filename (folder, names[i], NULL);

      if (is_multipath (fs, holder))
        return TRUE;
    }

  return FALSE;
}

VtDisk
vt_disk_classify (const VtKernelFs *fs, const VtHints *hints, const char *disk)
{
  g_autofree char *path = g_build_filename ("sys/block", disk, NULL);
  g_autofree char *real = vt_kernel_fs_realpath (fs, path);
  VtDisk result;

  if (real == NULL)
    return unknown;

  result = classify_disk (fs, hints, real, 0);
  result.leg = is_leg (fs, real);

  return result;
}
