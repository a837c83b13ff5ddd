/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>
#include <unistd.h>

#include "agent/tunables/disk-hint.h"
#include "agent/tunables/disk-transport.h"
#include "protocol/settings.h"
#include "tests/unit/ask.h"

#define LEFT    ASK_LEFT_ALONE
#define DENIED  VT_ERROR_NOT_OFFERED
#define INVALID VT_ERROR_INVALID_ARGUMENT

static void
test_transports (void)
{
  static const struct
  {
    const char *disk;
    const char *kind;
    VtSchedulerSide side;
    gboolean leg;
  } cases[] = {
    { "vda", "virtio-blk", VT_SCHEDULER_HOST, FALSE },
    { "sda", "emulated-scsi", VT_SCHEDULER_HOST, FALSE },
    { "sdb", "unknown-scsi", VT_SCHEDULER_PERHAPS_GUEST, FALSE },
    { "sdc", "emulated-ide", VT_SCHEDULER_HOST, FALSE },
    { "sdd", "ata-passthrough", VT_SCHEDULER_GUEST, FALSE },
    { "sde", "iscsi", VT_SCHEDULER_GUEST, FALSE },
    { "sdf", "scsi-passthrough", VT_SCHEDULER_GUEST, TRUE },
    { "sdg", "scsi-passthrough", VT_SCHEDULER_GUEST, TRUE },
    { "sdh", "scsi-passthrough", VT_SCHEDULER_GUEST, FALSE },
    { "sdi", "emulated-scsi", VT_SCHEDULER_HOST, FALSE },
    { "nvme0n1", "emulated-nvme", VT_SCHEDULER_HOST, FALSE },
    { "nvme1n1", "nvme-passthrough", VT_SCHEDULER_GUEST, FALSE },
    { "nvme2n1", "nvme-fabrics", VT_SCHEDULER_GUEST, FALSE },
    { "nvme3n1", "emulated-nvme", VT_SCHEDULER_HOST, FALSE },
    { "dm-0", "device-mapper", VT_SCHEDULER_HOST, FALSE },
    { "dm-1", "device-mapper", VT_SCHEDULER_GUEST, FALSE },
    { "dm-2", "multipath", VT_SCHEDULER_GUEST, FALSE },
    { "md127", "md-raid", VT_SCHEDULER_HOST, FALSE },
    { "loop0", "unknown", VT_SCHEDULER_UNKNOWN, FALSE },
    { "absent", "unknown", VT_SCHEDULER_UNKNOWN, FALSE },
  };
  g_autoptr (Fixture) fixture = fixture_new ("kvm-guest");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      VtDisk disk = vt_disk_classify (fixture->system.fs, NULL, cases[i].disk);

      g_test_message ("%s", cases[i].disk);
      g_assert_cmpstr (disk.kind, ==, cases[i].kind);
      g_assert_cmpint (disk.side, ==, cases[i].side);
      g_assert_cmpint (disk.leg, ==, cases[i].leg);
    }
}

/* SCSI disks pad vendor and model with blanks to 8 and 16 characters. */
static void
test_vendors (void)
{
  static const struct
  {
    const char *vendor;
    const char *model;
    const char *kind;
  } cases[] = {
    { "QEMU    ", "QEMU HARDDISK   ", "emulated-scsi" },
    { "VBOX    ", "HARDDISK        ", "emulated-scsi" },
    { "VMware  ", "Virtual disk    ", "emulated-scsi" },
    { "VMware, ", "VMware Virtual S", "emulated-scsi" },
    { "Msft    ", "Virtual Disk    ", "emulated-scsi" },
    { "Google  ", "PersistentDisk  ", "emulated-scsi" },
    { "Google  ", "EphemeralDisk   ", "emulated-scsi" },
    { "ORACLE  ", "BlockVolume     ", "emulated-scsi" },
    { "DO      ", "Volume          ", "emulated-scsi" },
    { "HC      ", "Volume          ", "emulated-scsi" },
    { "Linode  ", "Volume          ", "emulated-scsi" },
    { "ORACLE  ", "ZFS Storage 7420", "unknown-scsi" },
    { "ACME    ", "Volume          ", "unknown-scsi" },
    { "        ", "                ", "unknown-scsi" },
  };
  static const char *const ata[] = { "VBOX HARDDISK", "VMware Virtual I", "VMware Virtual S" };
  g_autoptr (Fixture) fixture = fixture_new ("kvm-guest");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_test_message ("%s %s", cases[i].vendor, cases[i].model);
      fixture_write (fixture, "sys/block/sdb/device/vendor", cases[i].vendor);
      fixture_write (fixture, "sys/block/sdb/device/model", cases[i].model);
      g_assert_cmpstr (vt_disk_classify (fixture->system.fs, NULL, "sdb").kind, ==, cases[i].kind);
    }
  for (guint i = 0; i < G_N_ELEMENTS (ata); i++)
    {
      fixture_write (fixture, "sys/block/sdd/device/model", ata[i]);
      g_assert_cmpstr (vt_disk_classify (fixture->system.fs, NULL, "sdd").kind, ==, "emulated-ide");
    }

  /* An iSCSI disk is recognised with any vendor. */
  fixture_write (fixture, "sys/block/sde/device/vendor", "ORACLE  ");
  fixture_write (fixture, "sys/block/sde/device/model", "BlockVolume     ");
  g_assert_cmpstr (vt_disk_classify (fixture->system.fs, NULL, "sde").kind, ==, "iscsi");
}

static void
test_stack_of_unknown (void)
{
  g_autoptr (Fixture) fixture = fixture_new ("kvm-guest");
  g_autofree char *link = g_build_filename (fixture->root, "sys/block/dm-0/slaves/sdb", NULL);

  g_assert_cmpint (symlink ("../../../../pci0000:00/0000:00:07.0/virtio5/host8/target8:0:1/8:0:1:0/"
                            "block/sdb",
                            link),
                   ==, 0);
  g_assert_cmpint (vt_disk_classify (fixture->system.fs, NULL, "dm-0").side, ==,
                   VT_SCHEDULER_PERHAPS_GUEST);
}

static void
test_scheduler (void)
{
  static const AskCase cases[] = {
    /* The host schedules, so auto chooses none. */
    { "block/vda/scheduler", "auto", "none", 0, "virtio-blk: the host schedules" },
    { "block/vdb/scheduler", "auto", "none" },
    { "block/sda/scheduler", "auto", "none" },
    { "block/sdc/scheduler", "auto", "none" },
    { "block/nvme0n1/scheduler", "auto", "none" },
    /* The host does not schedule the storage, so auto keeps any scheduler. */
    { "block/sdb/scheduler", "auto", NULL, LEFT, "unknown-scsi: unknown attachment" },
    { "block/sdd/scheduler", "auto", NULL, LEFT, "ata-passthrough" },
    { "block/sde/scheduler", "auto", NULL, LEFT, "iscsi" },
    { "block/sdh/scheduler", "auto", NULL, LEFT },
    { "block/sdf/scheduler", "auto", NULL, LEFT, "a leg of a multipath device" },
    { "block/dm-2/scheduler", "auto", NULL, LEFT, "multipath" },
    { "block/nvme1n1/scheduler", "auto", NULL, LEFT, "nvme-passthrough" },
    { "block/nvme2n1/scheduler", "auto", NULL, LEFT, "nvme-fabrics" },
    /* A file that reads only "none" offers no choice. */
    { "block/dm-0/scheduler", "auto", NULL, LEFT, "no choice" },
    { "block/dm-0/scheduler", "none", "none" },
    { "block/dm-0/scheduler", "noop", "none" },
    { "block/dm-0/scheduler", "mq-deadline", NULL, DENIED, "allowed: none" },
    /* By name, and by alias. */
    { "block/vdb/scheduler", "noop", "none" },
    { "block/vda/scheduler", "deadline", "mq-deadline" },
    { "block/vda/scheduler", "bfq", "bfq" },
    { "block/sde/scheduler", "bfq", "bfq" },
    { "block/vda/scheduler", "cfq", NULL, DENIED,
      "'cfq' is not offered; allowed: none mq-deadline kyber bfq" },
    { "block/vda/scheduler", "", NULL, DENIED },
    { "block/vda/scheduler", "NONE", NULL, DENIED },
    /* none by name on storage that the host does not schedule: only if forced or already set. */
    { "block/sdb/scheduler", "none", NULL, VT_ERROR_REFUSED, "unknown-scsi storage may leave" },
    { "block/sdb/scheduler", "none", "none", 0, NULL, TRUE },
    { "block/sde/scheduler", "noop", NULL, VT_ERROR_REFUSED, "iscsi" },
    { "block/dm-2/scheduler", "none", NULL, VT_ERROR_REFUSED, "multipath" },
    { "block/sdd/scheduler", "none", NULL, VT_ERROR_REFUSED },
    { "block/sde/scheduler", "none", "none", 0, NULL, TRUE },
    { "block/nvme1n1/scheduler", "none", "none" },
    { "block/sde/scheduler", "cfq", NULL, DENIED, NULL, TRUE },
  };
  g_autoptr (Fixture) fixture = fixture_new ("kvm-guest");

  ask_check (fixture, cases, G_N_ELEMENTS (cases));
}

static void
test_old_scheduler (void)
{
  static const AskCase cases[] = {
    { "block/vda/scheduler", "auto", "noop" },
    { "block/vda/scheduler", "none", "noop" },
    { "block/vda/scheduler", "mq-deadline", "deadline" },
    { "block/vda/scheduler", "kyber", NULL, DENIED, "allowed: noop deadline cfq" },
    { "block/vdb/scheduler", "auto", NULL, LEFT },
  };
  g_autoptr (Fixture) fixture = fixture_new ("old-guest");

  ask_check (fixture, cases, G_N_ELEMENTS (cases));
}

static void
test_loadable_scheduler (void)
{
  static const AskCase cases[] = {
    { "block/vda/scheduler", "kyber", "kyber" },
    { "block/vda/scheduler", "bfq", "bfq" },
    { "block/vda/scheduler", "cfq", NULL, DENIED, "allowed: none mq-deadline kyber bfq" },
  };
  g_autoptr (Fixture) fixture = fixture_new ("mini-guest");

  ask_check (fixture, cases, G_N_ELEMENTS (cases));
}

static void
test_numbers (void)
{
  static const AskCase cases[] = {
    { "block/vda/read_ahead_kb", "4096", "4096", 0, "" },
    { "block/vda/read_ahead_kb", "0", "0" },
    { "block/vda/read_ahead_kb", ">4096", "4096" },
    { "block/vda/read_ahead_kb", ">64", "128", 0, "only raised" },
    { "block/vda/read_ahead_kb", "<64", "64" },
    { "block/vda/read_ahead_kb", "<4096", "128", 0, "only lowered" },
    { "block/vda/read_ahead_kb", "-1", NULL, INVALID, "allowed: 0..4194304" },
    { "block/vda/read_ahead_kb", "auto", NULL, INVALID, "'auto' is no number" },
    { "block/vda/read_ahead_kb", "128kB", NULL, INVALID },
    { "block/vda/read_ahead_kb", "99999999999999999999", NULL, INVALID },
    { "block/vda/rq_affinity", "2", "2" },
    { "block/vda/rq_affinity", "3", NULL, INVALID, "allowed: 0..2" },
    { "block/vda/nr_requests", "256", "256" },
    { "block/vda/nr_requests", "257", NULL, INVALID, "allowed: 4..256" },
    { "block/vda/nr_requests", "3", NULL, INVALID },
    { "block/vdb/nr_requests", "2048", "2048" },
    { "block/vdb/nr_requests", "2049", NULL, INVALID, "allowed: 4..2048" },
    /* The scheduler that the plan will set counts. */
    { "block/vda/nr_requests", "512", "512", 0, NULL, FALSE, { "block/vda/scheduler", "bfq" } },
    { "block/vdb/nr_requests",
      "512",
      NULL,
      INVALID,
      NULL,
      FALSE,
      { "block/vdb/scheduler", "none" } },
  };
  g_autoptr (Fixture) fixture = fixture_new ("kvm-guest");

  ask_check (fixture, cases, G_N_ELEMENTS (cases));
}

static void
test_whole_pages (void)
{
  g_autoptr (Fixture) fixture = fixture_new ("kvm-guest");
  static const AskCase cases[] = {
    { "block/vda/read_ahead_kb", "4099", "4096", 0, "whole pages" },
    { "block/vda/read_ahead_kb", "3", "0", 0, "whole pages" },
  };

  ask_check (fixture, cases, G_N_ELEMENTS (cases));
}

static void
test_write (void)
{
  g_autoptr (Fixture) fixture = fixture_new ("kvm-guest");

  ask_apply_and_restore (fixture, "block/vdb/scheduler", "auto", "none");
  ask_apply_and_restore (fixture, "block/vda/scheduler", "deadline", "mq-deadline");
  ask_apply_and_restore (fixture, "block/vda/read_ahead_kb", "4096", "4096");
  ask_apply_and_restore (fixture, "block/vda/nr_requests", "64", "64");
  ask_apply_and_restore (fixture, "block/vda/rq_affinity", "2", "2");
  fixture_assert_unchanged (fixture);
}

static void
test_enumerate (void)
{
  static const char *const absent[] = {
    "block/loop0/scheduler",     "block/zram0/read_ahead_kb", "block/sr0/scheduler",
    "block/nvme3c3n1/scheduler", "block/dm-0/nr_requests",    "block/vda1/scheduler",
  };
  g_autoptr (Fixture) fixture = fixture_new ("kvm-guest");
  g_autoptr (VtAttribute) scheduler = ask_find (fixture, "block/vda/scheduler");
  g_autoptr (VtAttribute) requests = ask_find (fixture, "block/vda/nr_requests");
  g_autofree char *allowed = NULL;
  g_autoptr (VtAttribute) multipath = ask_find (fixture, "block/dm-2/nr_requests");

  for (guint i = 0; i < G_N_ELEMENTS (absent); i++)
    g_assert_null (ask_find (fixture, absent[i]));

  g_assert_nonnull (multipath);
  g_assert_cmpstr (scheduler->identity, ==,
                   "sys/devices/pci0000:00/0000:00:05.0/virtio3/block/vda diskseq=4");
  g_assert_cmpstr (scheduler->disturbs[0], ==, requests->key);
  g_assert_cmpint (scheduler->rank, <, requests->rank);
  g_assert_false (scheduler->number);
  g_assert_true (requests->number);

  allowed = requests->ops->allowed (requests, &fixture->system);
  g_assert_cmpstr (allowed, ==, "4..256");
}

static void
test_one_device (void)
{
  g_autoptr (Fixture) fixture = fixture_new ("kvm-guest");
  g_autoptr (GPtrArray) attributes
      = g_ptr_array_new_with_free_func ((GDestroyNotify) vt_attribute_free);

  vt_tunables[0]->enumerate (&fixture->system, "vdb", attributes);
  g_assert_cmpuint (attributes->len, ==, 4);

  vt_tunables[0]->enumerate (&fixture->system, "../vdb", attributes);
  vt_tunables[0]->enumerate (&fixture->system, "vda1", attributes);
  vt_tunables[0]->enumerate (&fixture->system, "", attributes);
  g_assert_cmpuint (attributes->len, ==, 4);
}

/* If a name in /dev has a "/", the name in /sys has "!" in its place. Keys use the name in /sys. */
static void
test_slash_in_name (void)
{
  g_autoptr (Fixture) fixture = fixture_new ("kvm-guest");
  g_autoptr (VtSetting) setting
      = vt_setting_new ("block/cciss!c0d0/scheduler", "none", FALSE, NULL);
  g_autoptr (VtAttribute) attribute = NULL;

  fixture_write (fixture, "sys/block/cciss!c0d0/queue/scheduler", "[mq-deadline] none");
  attribute = ask_find (fixture, "block/cciss!c0d0/scheduler");
  g_assert_nonnull (attribute);
  g_assert_cmpstr (attribute->device, ==, "cciss!c0d0");
  g_assert_cmpstr (setting->selector, ==, "cciss!c0d0");
  g_assert_true (vt_selector_match (setting->selector, attribute->device));
  ask_apply_and_restore (fixture, "block/cciss!c0d0/scheduler", "none", "none");
}

static void
test_describe (void)
{
  g_autoptr (Fixture) fixture = fixture_new ("kvm-guest");
  g_autoptr (GPtrArray) devices = g_ptr_array_new_with_free_func ((GDestroyNotify) vt_device_free);
  guint seen = 0;

  vt_tunables[0]->describe (&fixture->system, devices);
  for (guint i = 0; i < devices->len; i++)
    {
      const VtDevice *device = g_ptr_array_index (devices, i);

      g_assert_cmpstr (device->section, ==, "block");
      if (g_str_equal (device->name, "sdf"))
        {
          g_assert_cmpstr (device->detail, ==, "MSA 2050 SAN, multipath leg");
          seen++;
        }
      if (g_str_equal (device->name, "vda"))
        {
          g_assert_cmpstr (device->kind, ==, "virtio-blk");
          g_assert_cmpstr (device->detail, ==, "root");
          seen++;
        }
    }
  g_assert_cmpuint (seen, ==, 2);
}

static void
test_loop_of_slaves (void)
{
  g_autoptr (Fixture) fixture = fixture_new ("kvm-guest");

  /* No kernel has such a loop, but a tree of files with one must not make the code hang. */
  fixture_write (fixture, "sys/devices/virtual/block/dm-0/slaves/dm-0/x", "");
  g_assert_cmpstr (vt_disk_classify (fixture->system.fs, NULL, "dm-0").kind, ==, "device-mapper");
}

static void
check_side (const Fixture *fixture, const VtHints *hints, const char *disk, VtSchedulerSide side)
{
  g_assert_cmpint (vt_disk_classify (fixture->system.fs, hints, disk).side, ==, side);
}

static void
test_hints (void)
{
  g_autoptr (Fixture) fixture = fixture_new ("kvm-guest");
  g_autoptr (VtHints) hints = vt_hints_new ();
  g_autofree char *serial = vt_kernel_fs_read (fixture->system.fs, "sys/block/vdb/serial", NULL);
  GError *error = NULL;

  g_assert_true (vt_hints_add (hints, serial, NULL, "iscsi", VT_ROTATIONAL_NO, &error));
  g_assert_true (
      vt_hints_add (hints, NULL, "0000:00:05.0", "passthrough", VT_ROTATIONAL_UNSAID, &error));
  g_assert_true (
      vt_hints_add (hints, NULL, "0000:00:07.0/0:1:0", "image", VT_ROTATIONAL_YES, &error));
  g_assert_true (vt_hints_add (hints, NULL, "8:0:0:0", "lun", VT_ROTATIONAL_UNSAID, &error));
  g_assert_true (vt_hints_add (hints, NULL, "0000:00:09.0", NULL, VT_ROTATIONAL_NO, &error));
  g_assert_no_error (error);

  check_side (fixture, NULL, "vda", VT_SCHEDULER_HOST);
  check_side (fixture, hints, "vda", VT_SCHEDULER_GUEST);
  check_side (fixture, hints, "vdb", VT_SCHEDULER_GUEST);
  check_side (fixture, hints, "dm-0", VT_SCHEDULER_GUEST);
  check_side (fixture, hints, "sda", VT_SCHEDULER_GUEST);
  check_side (fixture, hints, "sdb", VT_SCHEDULER_HOST);
  check_side (fixture, hints, "nvme0n1",
              vt_disk_classify (fixture->system.fs, NULL, "nvme0n1").side);
  g_assert_cmpint (vt_disk_classify (fixture->system.fs, hints, "sdb").rotational, ==,
                   VT_ROTATIONAL_YES);
}

static void
add_serial (VtHints *hints, const char *serial, const char *backing)
{
  g_assert_true (vt_hints_add (hints, serial, NULL, backing, VT_ROTATIONAL_UNSAID, NULL));
}

/* The host knows the whole serial number of a disk. The guest sees only as much of it as the disk
 * can show. */
static void
test_cut_serials (void)
{
  static const char *const whole = "8f3c1e52-7a44-4d0b-9a6e-2f61c0d7b935-x";
  static const struct
  {
    const char *disk;
    const char *file; /* in /sys/block */
    const char *shown;
    gboolean matches;
  } cases[] = {
    { "vdb", "vdb/serial", "8f3c1e52-7a44-4d0b-9", TRUE },
    { "vdb", "vdb/serial", "8f3c1e52-7a44-4d0b-", FALSE },
    { "vdb", "vdb/serial", "8f3c1e52-7a44-4d0b-8", FALSE },
    { "vdb", "vdb/serial", "", FALSE },
    { "nvme0n1", "nvme0n1/device/serial", "8f3c1e52-7a44-4d0b-9", TRUE },
    { "nvme0n1", "nvme0n1/device/serial", "8f3c1e52            ", FALSE },
  };
  g_autoptr (Fixture) fixture = fixture_new ("kvm-guest");
  g_autoptr (VtHints) hints = vt_hints_new ();

  add_serial (hints, whole, "iscsi");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_build_filename ("sys/block", cases[i].file, NULL);

      g_test_message ("%s shows '%s'", cases[i].disk, cases[i].shown);
      fixture_write (fixture, path, cases[i].shown);
      check_side (fixture, hints, cases[i].disk,
                  cases[i].matches ? VT_SCHEDULER_GUEST : VT_SCHEDULER_HOST);
      fixture_write (fixture, path, "other");
    }
}

/* @shown: the serial number in page 0x80, after a binary header. */
static void
write_scsi_serial (const Fixture *fixture, const char *disk, const char *shown)
{
  g_autofree char *path = g_strdup_printf ("%s/sys/block/%s/device/vpd_pg80", fixture->root, disk);
  g_autoptr (GByteArray) page = g_byte_array_new ();
  const guint8 header[] = { 0, 0x80, 0, (guint8) strlen (shown) };

  g_byte_array_append (page, header, sizeof header);
  g_byte_array_append (page, (const guint8 *) shown, (guint) strlen (shown));
  g_assert_true (g_file_set_contents (path, (const char *) page->data, page->len, NULL));
}

static void
test_cut_scsi_serials (void)
{
  g_autoptr (Fixture) fixture = fixture_new ("kvm-guest");
  g_autoptr (VtHints) hints = vt_hints_new ();

  add_serial (hints, "8f3c1e52-7a44-4d0b-9a6e-2f61c0d7b935-x", "iscsi");
  write_scsi_serial (fixture, "sda", "8f3c1e52-7a44-4d0b-9a6e-2f61c0d7b935");
  check_side (fixture, hints, "sda", VT_SCHEDULER_GUEST);
  write_scsi_serial (fixture, "sda", "8f3c1e52-7a44-4d0b-9");
  check_side (fixture, hints, "sda", VT_SCHEDULER_GUEST);
  write_scsi_serial (fixture, "sda", "8f3c1e52-7a44-4d0b-9a6e-2f61c0d7b93");
  check_side (fixture, hints, "sda", VT_SCHEDULER_HOST);
}

static void
check_unused (const Fixture *fixture, const VtHints *hints, const char *expected)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *all = NULL;

  vt_disk_hints_list_unused (fixture->system.fs, hints, texts);
  g_ptr_array_add (texts, NULL);
  all = g_strjoinv ("\n", (char **) texts->pdata);
  g_assert_cmpstr (all, ==, expected);
}

/* A hint that is used for no disk is reported, with the reason. */
static void
test_unused_hints (void)
{
  g_autoptr (Fixture) fixture = fixture_new ("kvm-guest");
  g_autoptr (VtHints) hints = vt_hints_new ();

  check_unused (fixture, hints, "");
  fixture_write (fixture, "sys/block/vdb/serial", "volume-of-21-letters");
  add_serial (hints, "volume-of-21-letters-1", "iscsi");
  check_unused (fixture, hints, "");

  add_serial (hints, "absent", "iscsi");
  g_assert_true (vt_hints_add (hints, NULL, "0000:00:1f.7", "image", VT_ROTATIONAL_UNSAID, NULL));
  add_serial (hints, "volume-of-21-letters-2", "image");
  check_side (fixture, hints, "vdb", VT_SCHEDULER_HOST);
  check_unused (fixture, hints,
                "the hint for the serial number 'volume-of-21-letters-1': the guest sees only the "
                "beginning of it, which another hint has, too\n"
                "the hint for the serial number 'absent': the guest has no such disk\n"
                "the hint for the address 0000:00:1f.7: the guest has no such disk\n"
                "the hint for the serial number 'volume-of-21-letters-2': the guest sees only the "
                "beginning of it, which another hint has, too");
}

/* A hint with the exact serial number wins over one that fits a serial number that was cut off. Of
 * several, the first hint wins. */
static void
test_overridden_hints (void)
{
  g_autoptr (Fixture) fixture = fixture_new ("kvm-guest");
  g_autoptr (VtHints) hints = vt_hints_new ();

  fixture_write (fixture, "sys/block/vdb/serial", "volume-of-21-letters");
  add_serial (hints, "volume-of-21-letters-2", "image");
  add_serial (hints, "volume-of-21-letters", "iscsi");
  add_serial (hints, "volume-of-21-letters", "image");
  check_side (fixture, hints, "vdb", VT_SCHEDULER_GUEST);
  check_unused (fixture, hints,
                "the hint for the serial number 'volume-of-21-letters-2': another hint for this "
                "disk goes before it\n"
                "the hint for the serial number 'volume-of-21-letters': another hint for this disk "
                "goes before it");
}

static void
test_bad_hints (void)
{
  static const char *const cases[][3] = {
    { NULL, NULL, "image" },         { "a", "0000:00:05.0", "image" },
    { "a", NULL, "tape" },           { "", NULL, "image" },
    { "a\nb", NULL, "image" },       { NULL, "vda", "image" },
    { NULL, "0000:00:05", "image" }, { NULL, "1:2:3", "image" },
    { NULL, "", "image" },           { NULL, "0000:00:07.0/1", NULL },
  };
  g_autoptr (VtHints) hints = vt_hints_new ();

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (vt_hints_add (hints, cases[i][0], cases[i][1], cases[i][2],
                                    VT_ROTATIONAL_UNSAID, &error));
      g_assert_error (error, VT_ERROR, VT_ERROR_INVALID_ARGUMENT);
    }

  g_assert_cmpuint (hints->list->len, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tunable-block/transports", test_transports);
  g_test_add_func ("/tunable-block/vendors", test_vendors);
  g_test_add_func ("/tunable-block/stack-of-unknown", test_stack_of_unknown);
  g_test_add_func ("/tunable-block/scheduler", test_scheduler);
  g_test_add_func ("/tunable-block/scheduler/old", test_old_scheduler);
  g_test_add_func ("/tunable-block/scheduler/loadable", test_loadable_scheduler);
  g_test_add_func ("/tunable-block/numbers", test_numbers);
  g_test_add_func ("/tunable-block/whole-pages", test_whole_pages);
  g_test_add_func ("/tunable-block/write", test_write);
  g_test_add_func ("/tunable-block/enumerate", test_enumerate);
  g_test_add_func ("/tunable-block/one-device", test_one_device);
  g_test_add_func ("/tunable-block/slash-in-name", test_slash_in_name);
  g_test_add_func ("/tunable-block/describe", test_describe);
  g_test_add_func ("/tunable-block/loop-of-slaves", test_loop_of_slaves);
  g_test_add_func ("/tunable-block/hints", test_hints);
  g_test_add_func ("/tunable-block/hints/cut-serials", test_cut_serials);
  g_test_add_func ("/tunable-block/hints/cut-scsi-serials", test_cut_scsi_serials);
  g_test_add_func ("/tunable-block/hints/unused", test_unused_hints);
  g_test_add_func ("/tunable-block/hints/overridden", test_overridden_hints);
  g_test_add_func ("/tunable-block/bad-hints", test_bad_hints);
  return g_test_run ();
}
