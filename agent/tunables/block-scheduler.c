/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/tunables/block-scheduler.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "agent/tunables/choice.h"
#include "agent/tunables/disk-transport.h"
#include "agent/tunables/refusal.h"
#include "agent/tunables/side-effects.h"
#include "protocol/error.h"

/* Each row is one scheduler: its name since the kernel's multi-queue block layer, and before. */
static const char *const aliases[][2] = {
  { "none", "noop" },
  { "mq-deadline", "deadline" },
};

/* The kernel lists these only once it has loaded them, and writing the name loads the module. */
static const struct
{
  const char *name;
  const char *module;
} loadable[] = {
  { "mq-deadline", "mq-deadline" },
  { "kyber", "kyber-iosched" },
  { "bfq", "bfq" },
};

static const char *const suffixes[] = { ".ko", ".ko.xz", ".ko.zst", ".ko.gz" };

gboolean
vt_block_scheduler_is_none (const char *name)
{
  return g_str_equal (name, "none") || g_str_equal (name, "noop");
}

static const char *
alias_of (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (aliases); i++)
    {
      if (g_str_equal (name, aliases[i][0]))
        return aliases[i][1];
      if (g_str_equal (name, aliases[i][1]))
        return aliases[i][0];
    }

  return NULL;
}

static gboolean
has_module (const VtKernelFs *fs, const char *release, const char *module)
{
  for (guint i = 0; i < G_N_ELEMENTS (suffixes); i++)
    {
      g_autofree char *path
          = g_strdup_printf ("lib/modules/%s/kernel/block/%s%s", release, module, suffixes[i]);

      if (vt_kernel_fs_exists (fs, path))
        return TRUE;
    }

  return FALSE;
}

/* The schedulers in the file, and those whose module the kernel can load. (transfer full) */
static GStrv
get_offered (const VtKernelFs *fs, const char *text)
{
  g_auto (GStrv) shown = vt_choice_words (text);
  g_autofree char *release = vt_kernel_fs_read (fs, "proc/sys/kernel/osrelease", NULL);
  GPtrArray *words = g_ptr_array_new ();

  for (guint i = 0; shown[i] != NULL; i++)
    g_ptr_array_add (words, g_strdup (shown[i]));

  /* Kernels before the multi-queue block layer show "noop" and can't load these. */
  for (guint i = 0; i < G_N_ELEMENTS (loadable) && release != NULL; i++)
    {
      if (g_strv_contains ((const char *const *) shown, "none")
          && !g_strv_contains ((const char *const *) shown, loadable[i].name)
          && has_module (fs, release, loadable[i].module))
        g_ptr_array_add (words, g_strdup (loadable[i].name));
    }

  g_ptr_array_add (words, NULL);

  return (GStrv) g_ptr_array_free (words, FALSE);
}

/* Returns this kernel's name for the scheduler @wanted, or NULL if the kernel doesn't offer it. */
static const char *
find_offered (GStrv offered, const char *wanted)
{
  const char *alias = alias_of (wanted);

  if (g_strv_contains ((const char *const *) offered, wanted))
    return wanted;
  if (alias != NULL && g_strv_contains ((const char *const *) offered, alias))
    return alias;

  return NULL;
}

/* "6.1.0-18-amd64" is before 6.10. An unreadable release counts as older. */
static gboolean
is_kernel_before (const VtKernelFs *fs, guint major, guint minor)
{
  g_autofree char *release = vt_kernel_fs_read (fs, "proc/sys/kernel/osrelease", NULL);
  guint here[2] = { 0 };

  if (release == NULL || sscanf (release, "%5u.%5u", &here[0], &here[1]) != 2)
    return TRUE;

  return here[0] != major ? here[0] < major : here[1] < minor;
}

/*
 * Writes to a zone of a zoned disk must arrive in order (block/queue/zoned of
 * Documentation/ABI/stable/sysfs-block). Before Linux 6.10 only mq-deadline
 * keeps that order. Since 6.10 the block layer keeps it with every scheduler
 * and without one (commit dd291d77cc90, "block: Introduce zone write plugging").
 */
static gboolean
needs_mq_deadline (const VtKernelFs *fs, const char *disk)
{
  g_autofree char *path = g_strdup_printf ("sys/block/%s/queue/zoned", disk);
  g_autofree char *zoned = vt_kernel_fs_read (fs, path, NULL);

  return zoned != NULL && (g_str_equal (zoned, "host-managed") || g_str_equal (zoned, "host-aware"))
         && is_kernel_before (fs, 6, 10);
}

/* The tuning guide recommends "none" if the host schedules. Otherwise "auto" changes nothing. */
static gboolean
decide_auto (const VtDisk *disk, gboolean zoned, const char *text, GStrv offered, VtDecision *ret)
{
  const char *none = find_offered (offered, "none");

  if (!vt_choice_exists (text))
    ret->reason = g_strdup ("this disk has no choice of schedulers");
  else if (disk->leg)
    ret->reason = g_strdup ("a leg of a multipath device");
  else if (zoned)
    ret->reason = g_strdup ("a zoned disk: this kernel keeps its writes in order by mq-deadline");
  else if (disk->side == VT_SCHEDULER_GUEST)
    ret->reason
        = g_strdup_printf ("%s: no host schedules this disk, so the guest does", disk->kind);
  else if (disk->side != VT_SCHEDULER_HOST)
    ret->reason = g_strdup_printf ("%s: unknown attachment, so perhaps no host schedules this disk",
                                   disk->kind);
  else if (none == NULL)
    ret->reason = g_strdup ("this kernel does not offer 'none' for this disk");
  else
    {
      ret->value = g_strdup (none);
      ret->reason = g_strdup_printf ("%s%s: the host schedules", disk->kind,
                                     disk->rotational == VT_ROTATIONAL_YES  ? " on a rotating disk"
                                     : disk->rotational == VT_ROTATIONAL_NO ? " on flash"
                                                                            : "");
    }

  return TRUE;
}

/* Whether this disk can work without a scheduler. @wanted is "none" or "noop", for the error. */
static gboolean
check_none (
    const VtKernelFs *fs, const char *name, const VtDisk *disk, const char *wanted, GError **error)
{
  if (disk->side == VT_SCHEDULER_GUEST)
    return vt_error_set (error, VT_ERROR_REFUSED,
                         "'%s' on %s storage leaves its requests unscheduled: "
                         "no host schedules this disk",
                         wanted, disk->kind);
  if (disk->side == VT_SCHEDULER_PERHAPS_GUEST)
    return vt_error_set (error, VT_ERROR_REFUSED,
                         "'%s' on %s storage may leave its requests unscheduled: unknown "
                         "attachment, so perhaps no host schedules this disk",
                         wanted, disk->kind);
  if (needs_mq_deadline (fs, name))
    return vt_error_set (error, VT_ERROR_REFUSED,
                         "'%s' on a zoned disk: this kernel, older than 6.10, keeps the writes of "
                         "a zone in order by mq-deadline only",
                         wanted);

  return TRUE;
}

static gboolean
decide_by_name (const char *name,
                const VtDisk *disk,
                const VtQuestion *question,
                const char *text,
                GStrv offered,
                const char *wanted,
                VtDecision *ret,
                GError **error)
{
  g_autofree char *active = vt_choice_active (text);
  g_autofree char *words = g_strjoinv (" ", offered);
  const char *chosen = find_offered (offered, wanted);

  if (chosen == NULL)
    return vt_error_set (error, VT_ERROR_NOT_OFFERED, "'%s' is not offered; allowed: %s", wanted,
                         words);
  if (vt_block_scheduler_is_none (chosen) && !g_str_equal (chosen, active) && !question->forced
      && !check_none (question->system->fs, name, disk, wanted, error))
    return FALSE;

  ret->value = g_strdup (chosen);

  return TRUE;
}

static gboolean
scheduler_decide (const VtAttribute *attribute,
                  const VtQuestion *question,
                  const char *wanted,
                  VtDecision *ret,
                  GError **error)
{
  const VtKernelFs *fs = question->system->fs;
  g_autofree char *text = vt_kernel_fs_read (fs, attribute->path, error);
  g_auto (GStrv) offered = NULL;
  VtDisk disk;

  if (text == NULL)
    return FALSE;

  disk = vt_disk_classify (fs, question->hints, attribute->device);
  offered = vt_choice_exists (text) ? get_offered (fs, text) : vt_choice_words (text);
  if (g_str_equal (wanted, "auto"))
    return decide_auto (&disk, needs_mq_deadline (fs, attribute->device), text, offered, ret);

  return decide_by_name (attribute->device, &disk, question, text, offered, wanted, ret, error);
}

static char *
scheduler_read (const VtAttribute *attribute, const VtSystem *system, GError **error)
{
  g_autofree char *text = vt_kernel_fs_read (system->fs, attribute->path, error);

  return text != NULL ? vt_choice_active (text) : NULL;
}

/* elv_iosched_store() of block/elevator.c. */
static const VtRefusalReason reasons[] = {
  { EINVAL, "the kernel has no such scheduler, can't load it, or this disk's queue excludes it" },
  { ENOENT, "the disk has just gone" },
  { 0, NULL },
};

static gboolean
scheduler_write (const VtAttribute *attribute,
                 const VtSystem *system,
                 const char *value,
                 GError **error)
{
  return vt_refusal_write (system->fs, attribute->path, value, reasons, error);
}

static char *
scheduler_allowed (const VtAttribute *attribute, const VtSystem *system)
{
  g_autofree char *text = vt_kernel_fs_read (system->fs, attribute->path, NULL);
  g_auto (GStrv) offered = NULL;

  if (text == NULL)
    return NULL;

  offered = vt_choice_exists (text) ? get_offered (system->fs, text) : vt_choice_words (text);

  return g_strjoinv (" ", offered);
}

static const VtAttributeOps scheduler_ops = {
  .read = scheduler_read,
  .write = scheduler_write,
  .decide = scheduler_decide,
  .allowed = scheduler_allowed,
};

VtAttribute *
vt_block_scheduler_new (const char *disk, const char *identity, const char *folder)
{
  g_autofree char *path = g_build_filename (folder, "queue/scheduler", NULL);
  VtAttribute *attribute
      = vt_attribute_new (&scheduler_ops, "block", disk, "scheduler", identity, path);

  vt_side_effects_fill (attribute);

  return attribute;
}
