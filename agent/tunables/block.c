/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/tunables/tunables.h"

#include <string.h>
#include <unistd.h>

#include "agent/tunables/block-scheduler.h"
#include "agent/tunables/choice.h"
#include "agent/tunables/disk-transport.h"
#include "agent/tunables/kernel-attribute.h"
#include "agent/tunables/value.h"

/* MAX_SCHED_RQ of the kernel's block layer: the most requests in a scheduler's queue. */
#define SCHEDULED_REQUESTS_MAX 2048

/* Not tuned: the guest itself makes these devices, or their medium is removable. */
static const char *const excluded[] = { "loop", "ram", "zram", "sr", "fd", "nbd", "mtdblock" };

/* These files are described in Documentation/ABI/stable/sysfs-block. */
static const VtKernelRow read_ahead = {
  .name = "read_ahead_kb",
  .path = "queue/read_ahead_kb",
  .max = 4 * 1024 * 1024,
  .rank = VT_RANK_PLAIN,
};
static const VtKernelRow nr_requests = {
  .name = "nr_requests",
  .path = "queue/nr_requests",
  .min = 4,
  .max = 65536,
  .rank = VT_RANK_LATE,
};
static const VtKernelRow rq_affinity = {
  .name = "rq_affinity",
  .path = "queue/rq_affinity",
  .max = 2,
  .rank = VT_RANK_PLAIN,
};

static const char *const names[]
    = { "scheduler", "read_ahead_kb", "nr_requests", "rq_affinity", NULL };

/* The kernel rounds down to whole pages: reading back then gives a smaller number. */
static gboolean
read_ahead_decide (const VtAttribute *attribute,
                   const VtQuestion *question,
                   const char *wanted,
                   VtDecision *ret,
                   GError **error)
{
  gint64 page = sysconf (_SC_PAGESIZE) / 1024;
  gint64 number = 0;

  if (!vt_kernel_attribute_decide (attribute, question, wanted, ret, error))
    return FALSE;

  if (vt_value_parse_number (ret->value, &number) && page > 1 && number % page != 0)
    {
      vt_decision_clear (ret);
      ret->value = g_strdup_printf ("%" G_GINT64_FORMAT, number - number % page);
      ret->reason = g_strdup_printf ("whole pages of %" G_GINT64_FORMAT " kB", page);
    }

  return TRUE;
}

/* Whether the disk will have a scheduler by the time that nr_requests is written. */
static gboolean
will_have_scheduler (const VtAttribute *attribute, const VtQuestion *question)
{
  g_autofree char *key = g_strdup_printf ("block/%s/scheduler", attribute->device);
  g_autofree char *path = g_strdup_printf ("sys/block/%s/queue/scheduler", attribute->device);
  const char *planned = question->planned != NULL ? question->planned (question->plan, key) : NULL;
  g_autofree char *text = NULL;
  g_autofree char *active = NULL;

  if (planned != NULL)
    return !vt_block_scheduler_is_none (planned);

  text = vt_kernel_fs_read (question->system->fs, path, NULL);

  active = text != NULL ? vt_choice_active (text) : NULL;

  return active != NULL && !vt_block_scheduler_is_none (active);
}

/* With a scheduler the block layer sets the limit. Without one it is the hardware queue's depth. */
static gint64
get_requests_max (const VtAttribute *attribute, const VtQuestion *question)
{
  g_autofree char *path = g_strdup_printf ("sys/block/%s/mq/0/nr_tags", attribute->device);
  g_autofree char *text = NULL;
  gint64 depth;

  if (will_have_scheduler (attribute, question))
    return SCHEDULED_REQUESTS_MAX;

  text = vt_kernel_fs_read (question->system->fs, path, NULL);
  if (text == NULL || !vt_value_parse_number (text, &depth))
    return nr_requests.max;

  return depth;
}

static gboolean
nr_requests_decide (const VtAttribute *attribute,
                    const VtQuestion *question,
                    const char *wanted,
                    VtDecision *ret,
                    GError **error)
{
  const VtKernelFs *fs = question->system->fs;
  g_autofree char *text = vt_kernel_fs_read (fs, attribute->path, error);
  gint64 max = get_requests_max (attribute, question);
  gint64 current = 0;

  if (text == NULL || !vt_value_parse_number (text, &current))
    current = 0;

  return text != NULL && vt_value_decide_number (wanted, current, nr_requests.min, max, ret, error);
}

static const VtAttributeOps read_ahead_ops = {
  .read = vt_kernel_attribute_read,
  .write = vt_kernel_attribute_write,
  .decide = read_ahead_decide,
  .allowed = vt_kernel_attribute_allowed,
};

static char *
nr_requests_allowed (const VtAttribute *attribute, const VtSystem *system)
{
  const VtQuestion question = { .system = system };

  return vt_value_range (nr_requests.min, get_requests_max (attribute, &question));
}

static const VtAttributeOps nr_requests_ops = {
  .read = vt_kernel_attribute_read,
  .write = vt_kernel_attribute_write,
  .decide = nr_requests_decide,
  .allowed = nr_requests_allowed,
};

static gboolean
is_tunable (const VtKernelFs *fs, const char *disk)
{
  g_autofree char *path = NULL;
  g_autofree char *hidden = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (excluded); i++)
    {
      gsize len = strlen (excluded[i]);

      if (strncmp (disk, excluded[i], len) == 0 && g_ascii_isdigit (disk[len]))
        return FALSE;
    }

  /* The kernel hides the single paths of an NVMe multipath device: they take no requests. */
  path = g_build_filename ("sys/block", disk, "hidden", NULL);
  hidden = vt_kernel_fs_read (fs, path, NULL);

  return g_strcmp0 (hidden, "1") != 0;
}

/* The tunable disks in /sys/block, or @device alone if it is not NULL. (transfer full) */
static GStrv
list_disks (const VtKernelFs *fs, const char *device)
{
  g_auto (GStrv) all = vt_kernel_fs_list (fs, "sys/block");
  GPtrArray *disks = g_ptr_array_new ();

  for (guint i = 0; all[i] != NULL; i++)
    {
      if ((device == NULL || g_str_equal (all[i], device)) && is_tunable (fs, all[i]))
        g_ptr_array_add (disks, g_strdup (all[i]));
    }

  g_ptr_array_add (disks, NULL);

  return (GStrv) g_ptr_array_free (disks, FALSE);
}

/* The device's path, and since Linux 5.15 its diskseq, which the kernel never gives twice. */
static char *
get_identity (const VtKernelFs *fs, const char *folder)
{
  g_autofree char *real = vt_kernel_fs_realpath (fs, folder);
  g_autofree char *path = g_build_filename (folder, "diskseq", NULL);
  g_autofree char *seq = vt_kernel_fs_read (fs, path, NULL);

  if (real == NULL)
    return g_strdup ("");

  return seq != NULL ? g_strconcat (real, " diskseq=", seq, NULL) : g_steal_pointer (&real);
}

typedef struct
{
  const VtKernelFs *fs;
  const char *disk;
  const char *folder; /* "sys/block/vda" */
  const char *identity;
  GPtrArray *attributes;
} Disk;

/* @ops: NULL for those of a plain kernel file. */
static void
add_row (const Disk *disk, const VtKernelRow *row, const VtAttributeOps *ops)
{
  g_autofree char *path = g_build_filename (disk->folder, row->path, NULL);
  VtAttribute *attribute;

  if (!vt_kernel_fs_exists (disk->fs, path))
    return;

  attribute = vt_kernel_attribute_new (row, "block", disk->disk, disk->identity, path);
  if (ops != NULL)
    attribute->ops = ops;
  g_ptr_array_add (disk->attributes, attribute);
}

/* Most device-mapper disks have no request queue: they show nr_requests but reject a write. */
static gboolean
has_requests (const VtKernelFs *fs, const char *folder)
{
  g_autofree char *queues = g_build_filename (folder, "mq", NULL);
  g_autofree char *path = g_build_filename (folder, "queue/scheduler", NULL);
  g_autofree char *scheduler = vt_kernel_fs_read (fs, path, NULL);

  return vt_kernel_fs_exists (fs, queues) || (scheduler != NULL && vt_choice_exists (scheduler));
}

static void
add_disk (const VtKernelFs *fs, const char *name, GPtrArray *attributes)
{
  g_autofree char *folder = g_build_filename ("sys/block", name, NULL);
  g_autofree char *identity = get_identity (fs, folder);
  g_autofree char *scheduler = g_build_filename (folder, "queue/scheduler", NULL);
  const Disk disk = { fs, name, folder, identity, attributes };

  if (vt_kernel_fs_exists (fs, scheduler))
    g_ptr_array_add (attributes, vt_block_scheduler_new (name, identity, folder));

  add_row (&disk, &read_ahead, &read_ahead_ops);
  if (has_requests (fs, folder))
    add_row (&disk, &nr_requests, &nr_requests_ops);
  add_row (&disk, &rq_affinity, NULL);
}

static void
block_enumerate (const VtSystem *system, const char *device, GPtrArray *attributes)
{
  g_auto (GStrv) disks = list_disks (system->fs, device);

  for (guint i = 0; disks[i] != NULL; i++)
    add_disk (system->fs, disks[i], attributes);
}

/* The disk's model, or its serial number if it has no model. (transfer full) */
static char *
get_detail (const VtKernelFs *fs, const char *disk, gboolean leg)
{
  g_autofree char *model_path = g_build_filename ("sys/block", disk, "device/model", NULL);
  g_autofree char *serial_path = g_build_filename ("sys/block", disk, "serial", NULL);
  g_autofree char *text = vt_kernel_fs_read (fs, model_path, NULL);

  if (text == NULL)
    text = vt_kernel_fs_read (fs, serial_path, NULL);
  if (!leg)
    return g_steal_pointer (&text);

  return text != NULL ? g_strconcat (text, ", multipath leg", NULL) : g_strdup ("multipath leg");
}

static void
block_describe (const VtSystem *system, GPtrArray *devices)
{
  g_auto (GStrv) disks = list_disks (system->fs, NULL);

  for (guint i = 0; disks[i] != NULL; i++)
    {
      VtDisk disk = vt_disk_classify (system->fs, NULL, disks[i]);
      g_autofree char *detail = get_detail (system->fs, disks[i], disk.leg);

      g_ptr_array_add (devices, vt_device_new ("block", disks[i], disk.kind, detail));
    }
}

const VtTunable vt_tunable_block = {
  .section = "block",
  .names = names,
  .enumerate = block_enumerate,
  .describe = block_describe,
};
