/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/tunables/disk-hint.h"

#include <string.h>

/*
 * How many characters of a serial number a disk shows, where the host has more:
 *  20  virtio-blk (VIRTIO_BLK_ID_BYTES of linux/virtio_blk.h), NVMe (the field
 *      SN of Identify Controller), ATA (ATA_ID_SERNO_LEN of linux/ata.h), and
 *      SCSI disks of old QEMUs
 *  36  QEMU's SCSI disks (MAX_SERIAL_LEN of its hw/scsi/scsi-disk.c)
 */
static const gsize shown_lengths[] = { 20, 36 };

/* What is compared with the hints. */
typedef struct
{
  char *serial; /* NULL: the disk reports none */
  VtDiskAddress address;
} Disk;

typedef enum
{
  MATCH_NONE,
  MATCH_CUT, /* the disk shows the beginning of the hint's serial number */
  MATCH_WHOLE,
} Match;

/* Page 0x80 of a SCSI device's vital product data is the serial number, after a header of four
 * bytes. The header's last two bytes are the length (SPC-4, 7.8.13). */
static char *
read_scsi_serial (const VtKernelFs *fs, const char *real)
{
  g_autofree char *path = g_build_filename (real, "device/vpd_pg80", NULL);
  guchar page[256] = { 0 };
  gsize len;

  if (vt_kernel_fs_read_raw (fs, path, page, sizeof page - 1) <= 4)
    return NULL;

  len = MIN ((gsize) page[2] << 8 | page[3], sizeof page - 5);

  return g_strstrip (g_strndup ((const char *) page + 4, len));
}

/* The disk's serial number; NULL if it reports none. (transfer full) */
static char *
read_serial (const VtKernelFs *fs, const char *real)
{
  static const char *const names[] = { "serial", "device/serial" }; /* virtio-blk, NVMe */

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (real, names[i], NULL);
      char *serial = vt_kernel_fs_read (fs, path, NULL);

      if (serial != NULL)
        return g_strstrip (serial);
    }

  return read_scsi_serial (fs, real);
}

static void
disk_init (Disk *disk, const VtKernelFs *fs, const char *real)
{
  disk->serial = read_serial (fs, real);
  vt_disk_address_init (&disk->address, real);
}

static void
disk_clear (Disk *disk)
{
  g_clear_pointer (&disk->serial, g_free);
  vt_disk_address_clear (&disk->address);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Disk, disk_clear)

/* Blanks around what the disk shows are not part of it. */
static gboolean
begins_with (const char *serial, const char *shown)
{
  for (guint i = 0; i < G_N_ELEMENTS (shown_lengths); i++)
    {
      g_autofree char *cut = NULL;

      if (strlen (serial) <= shown_lengths[i])
        continue;

      cut = g_strstrip (g_strndup (serial, shown_lengths[i]));
      if (*cut != '\0' && g_str_equal (cut, shown))
        return TRUE;
    }

  return FALSE;
}

static Match
compare (const VtHint *hint, const Disk *disk)
{
  if (hint->address != NULL)
    return vt_hint_has_address (hint, &disk->address) ? MATCH_WHOLE : MATCH_NONE;
  if (disk->serial == NULL)
    return MATCH_NONE;
  if (g_str_equal (hint->serial, disk->serial))
    return MATCH_WHOLE;

  return begins_with (hint->serial, disk->serial) ? MATCH_CUT : MATCH_NONE;
}

static const VtHint *
find (const VtHints *hints, const Disk *disk)
{
  const VtHint *found = NULL;
  gboolean ambiguous = FALSE;

  for (guint i = 0; i < hints->list->len; i++)
    {
      const VtHint *hint = g_ptr_array_index (hints->list, i);
      const Match match = compare (hint, disk);

      if (match == MATCH_WHOLE)
        return hint;
      if (match == MATCH_NONE)
        continue;
      if (found == NULL)
        found = hint;
      else if (!g_str_equal (found->serial, hint->serial))
        ambiguous = TRUE;
    }

  return ambiguous ? NULL : found;
}

const VtHint *
vt_disk_hint_find (const VtKernelFs *fs, const VtHints *hints, const char *real)
{
  g_auto (Disk) disk = { NULL };

  if (hints == NULL || hints->list->len == 0)
    return NULL;

  disk_init (&disk, fs, real);

  return find (hints, &disk);
}

/* Of the disks in /sys/block. */
static GArray *
list_disks (const VtKernelFs *fs)
{
  GArray *disks = g_array_new (FALSE, FALSE, sizeof (Disk));
  g_auto (GStrv) names = vt_kernel_fs_list (fs, "sys/block");

  g_array_set_clear_func (disks, (GDestroyNotify) disk_clear);
  for (guint i = 0; names[i] != NULL; i++)
    {
      g_autofree char *path = g_build_filename ("sys/block", names[i], NULL);
      g_autofree char *real = vt_kernel_fs_realpath (fs, path);
      Disk disk;

      if (real == NULL)
        continue;

      disk_init (&disk, fs, real);
      g_array_append_val (disks, disk);
    }

  return disks;
}

/* Why @hint is used for no disk; NULL: it is. @chosen: the hint that is used for each disk. */
static const char *
find_reason (const VtHint *hint, const GArray *disks, const GPtrArray *chosen)
{
  const char *reason = "the guest has no such disk";

  for (guint i = 0; i < disks->len; i++)
    {
      if (chosen->pdata[i] == hint)
        return NULL;
      if (compare (hint, &g_array_index (disks, Disk, i)) == MATCH_NONE)
        continue;

      reason = chosen->pdata[i] != NULL
                   ? "another hint for this disk goes before it"
                   : "the guest sees only the beginning of it, which another hint has, too";
    }

  return reason;
}

void
vt_disk_hints_list_unused (const VtKernelFs *fs, const VtHints *hints, GPtrArray *texts)
{
  g_autoptr (GArray) disks = NULL;
  g_autoptr (GPtrArray) chosen = g_ptr_array_new ();

  if (hints->list->len == 0)
    return;

  disks = list_disks (fs);
  for (guint i = 0; i < disks->len; i++)
    g_ptr_array_add (chosen, (gpointer) find (hints, &g_array_index (disks, Disk, i)));

  for (guint i = 0; i < hints->list->len; i++)
    {
      const VtHint *hint = g_ptr_array_index (hints->list, i);
      const char *reason = find_reason (hint, disks, chosen);

      if (reason == NULL)
        continue;

      g_ptr_array_add (
          texts,
          hint->serial != NULL
              ? g_strdup_printf ("the hint for the serial number '%s': %s", hint->serial, reason)
              : g_strdup_printf ("the hint for the address %s: %s", hint->address, reason));
    }
}
