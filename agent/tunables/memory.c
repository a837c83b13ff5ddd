/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "agent/kernel/movable-memory.h"
#include "agent/tunables/kernel-attribute.h"
#include "agent/tunables/tunables.h"

/*
 * What the kernel does with hot-plugged memory. Names and values are those of
 * admin-guide/mm/memory-hotplug. A kernel without memory hot-plug has none of
 * these files.
 */

#define BLOCKS      "sys/devices/system/memory/"
#define ACPI_FOLDER "sys/bus/acpi/devices"
#define ACPI_MEMORY "PNP0C80:" /* has a link physical_node once the kernel has added the memory */
#define IOMEM       "proc/iomem"

/* Start of the name of memory that a driver such as virtio_mem added (mm/memory_hotplug.c). */
#define DRIVERS_RAM "System RAM ("

#define PARAMETERS "sys/module/memory_hotplug/parameters/"

static const char *const online_words[] = {
  "offline", "online", "online_kernel", "online_movable", NULL,
};

static const char *const policy_words[] = { "contig-zones", "auto-movable", NULL };

#define ROW_POLICY 0 /* index of online_policy in rows */
#define ROW_ONLINE 2 /* index of auto_online_blocks */

static const VtKernelRow rows[] = {
  {
      .name = "online_policy",
      .path = PARAMETERS "online_policy",
      .kind = VT_KERNEL_WORD,
      .words = policy_words,
      .rank = VT_RANK_PLAIN,
  },
  {
      .name = "auto_movable_ratio",
      .path = PARAMETERS "auto_movable_ratio",
      .kind = VT_KERNEL_NUMBER,
      .max = G_MAXINT32,
      .rank = VT_RANK_PLAIN,
  },
  /* Written last: memory may come online at once, and the policy must be set before that. */
  {
      .name = "auto_online_blocks",
      .path = BLOCKS "auto_online_blocks",
      .kind = VT_KERNEL_WORD,
      .words = online_words,
      .rank = VT_RANK_LATE,
      .lasting = "memory that came online stays online",
  },
};

static gboolean
memory_was_plugged (const VtKernelFs *fs)
{
  g_auto (GStrv) names = vt_kernel_fs_list (fs, ACPI_FOLDER);
  g_autofree char *iomem = vt_kernel_fs_read (fs, IOMEM, NULL);

  if (iomem != NULL && strstr (iomem, DRIVERS_RAM) != NULL)
    return TRUE;
  for (gsize i = 0; names[i] != NULL; i++)
    {
      g_autofree char *path = g_strconcat (ACPI_FOLDER "/", names[i], "/physical_node", NULL);

      if (g_str_has_prefix (names[i], ACPI_MEMORY) && vt_kernel_fs_exists (fs, path))
        return TRUE;
    }
  return FALSE;
}

/* A block gets its zone when it comes online. A later change of the policy doesn't move it. */
static gboolean
policy_decide (const VtAttribute *attribute,
               const VtQuestion *question,
               const char *wanted,
               VtDecision *ret,
               GError **error)
{
  g_autofree char *current = NULL;

  if (!vt_kernel_attribute_decide (attribute, question, wanted, ret, error))
    return FALSE;

  current = vt_kernel_attribute_read (attribute, question->system, NULL);
  if (ret->reason == NULL && g_strcmp0 (current, ret->value) != 0
      && memory_was_plugged (question->system->fs))
    ret->reason = g_strdup ("memory that was plugged before stays in its zone: the policy holds "
                            "for memory that is plugged from now on");
  return TRUE;
}

static const VtAttributeOps policy_ops = {
  .read = vt_kernel_attribute_read,
  .write = vt_kernel_attribute_write,
  .decide = policy_decide,
  .allowed = vt_kernel_attribute_allowed,
};

/* Reads the amounts of memory, with the ratio that the plan will set if it sets one. */
static gboolean
read_movable_memory (const VtQuestion *question, VtMovableMemory *ret, GError **error)
{
  const char *planned = question->planned != NULL
                            ? question->planned (question->plan, "memory/auto_movable_ratio")
                            : NULL;
  guint64 ratio;

  if (!vt_movable_memory_read (question->system->fs, NULL, NULL, ret, error))
    return FALSE;
  if (planned != NULL && g_ascii_string_to_unsigned (planned, 10, 0, G_MAXINT32, &ratio, NULL))
    ret->ratio = ratio;
  return TRUE;
}

/* "online_movable" makes all memory that is plugged later movable. It is refused if the guest may
 * have no more movable memory. */
static gboolean
online_decide (const VtAttribute *attribute,
               const VtQuestion *question,
               const char *wanted,
               VtDecision *ret,
               GError **error)
{
  g_auto (VtDecision) decision = { NULL };
  g_autofree char *current = NULL;
  VtMovableMemory movable;

  if (!vt_kernel_attribute_decide (attribute, question, wanted, &decision, error))
    return FALSE;

  current = vt_kernel_attribute_read (attribute, question->system, NULL);
  if (!question->forced && g_strcmp0 (decision.value, "online_movable") == 0
      && g_strcmp0 (current, decision.value) != 0
      && (!read_movable_memory (question, &movable, error)
          || !vt_movable_memory_check (&movable, MAX (movable.offline, 1), error)))
    return FALSE;

  *ret = decision;
  memset (&decision, 0, sizeof decision);
  return TRUE;
}

static const VtAttributeOps online_ops = {
  .read = vt_kernel_attribute_read,
  .write = vt_kernel_attribute_write,
  .decide = online_decide,
  .allowed = vt_kernel_attribute_allowed,
};

static const char *const names[] = {
  "online_policy",
  "auto_movable_ratio",
  "auto_online_blocks",
  NULL,
};

G_STATIC_ASSERT (G_N_ELEMENTS (names) == G_N_ELEMENTS (rows) + 1);

static void
memory_enumerate (const VtSystem *system, const char *device, GPtrArray *attributes)
{
  guint first = attributes->len;

  if (device != NULL)
    return;

  vt_kernel_attributes_enumerate (system, rows, G_N_ELEMENTS (rows), "memory", attributes);
  for (guint i = first; i < attributes->len; i++)
    {
      VtAttribute *attribute = attributes->pdata[i];

      if (attribute->row == &rows[ROW_POLICY])
        attribute->ops = &policy_ops;
      else if (attribute->row == &rows[ROW_ONLINE])
        attribute->ops = &online_ops;
    }
}

const VtTunable vt_tunable_memory = {
  .section = "memory",
  .names = names,
  .enumerate = memory_enumerate,
};
