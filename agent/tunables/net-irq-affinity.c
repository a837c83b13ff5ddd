/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "agent/kernel/cpu-set.h"
#include "agent/kernel/housekeeping.h"
#include "agent/neighbours/irqbalance.h"
#include "agent/tunables/net-device.h"
#include "agent/tunables/refusal.h"
#include "agent/tunables/tunables.h"
#include "protocol/error.h"

/*
 * net/DEVICE/irq_affinity: which CPUs handle the interrupts of which queue of
 * a virtio-net device (core-api/irq/irq-affinity). The value lists the
 * vectors by the driver's names, each with its CPUs: "input.0=0 output.0=0
 * input.1=1 …". A device whose queues share one vector has no such attribute.
 */

#define VECTORS_MAX 4096

static const char *const names[] = { "irq_affinity", NULL };

typedef struct
{
  guint queue;
  gboolean output;
  char irq[16];
} Vector;

static int
compare_vectors (gconstpointer a, gconstpointer b)
{
  const Vector *first = a;
  const Vector *second = b;

  if (first->queue != second->queue)
    return first->queue < second->queue ? -1 : 1;

  return first->output - second->output;
}

/* Parses a vector's name such as "virtio2-input.3", for the device @virtio "virtio2". */
static gboolean
parse_name (const char *name, const char *virtio, Vector *ret)
{
  gsize len = strlen (virtio);
  char kind[8];
  guint queue;
  int end = 0;

  if (strncmp (name, virtio, len) != 0 || name[len] != '-')
    return FALSE;
  if (sscanf (name + len + 1, "%7[a-z].%5u%n", kind, &queue, &end) != 2
      || name[len + 1 + (gsize) end] != '\0')
    return FALSE;

  ret->queue = queue;
  ret->output = g_str_equal (kind, "output");

  return ret->output || g_str_equal (kind, "input");
}

/* The folder of an interrupt has a folder named after its handler, which is the vector's name
 * (Documentation/filesystems/proc). */
static void
add_vector (
    const VtKernelFs *fs, const char *irq, const char *virtio, guint queues, GArray *vectors)
{
  g_autofree char *folder = g_build_filename ("proc/irq", irq, NULL);
  g_auto (GStrv) entries = vt_kernel_fs_list (fs, folder);

  for (guint i = 0; entries[i] != NULL; i++)
    {
      Vector vector = { 0 };

      if (!parse_name (entries[i], virtio, &vector) || vector.queue >= queues
          || strlen (irq) >= sizeof vector.irq)
        continue;

      strcpy (vector.irq, irq);
      g_array_append_val (vectors, vector);
      return;
    }
}

/* The vectors of the first @queues queues, sorted by queue, input first. (transfer full) */
static GArray *
list_vectors (const VtKernelFs *fs, const char *ifname, guint queues)
{
  GArray *vectors = g_array_new (FALSE, FALSE, sizeof (Vector));
  g_autofree char *link = g_build_filename ("sys/class/net", ifname, "device", NULL);
  g_autofree char *device = vt_kernel_fs_realpath (fs, link);
  g_autofree char *virtio = device != NULL ? g_path_get_basename (device) : NULL;
  g_autofree char *bus = device != NULL ? g_path_get_dirname (device) : NULL;
  g_autofree char *folder = bus != NULL ? g_build_filename (bus, "msi_irqs", NULL) : NULL;
  g_auto (GStrv) irqs = folder != NULL ? vt_kernel_fs_list (fs, folder) : NULL;

  for (guint i = 0; irqs != NULL && irqs[i] != NULL && vectors->len < VECTORS_MAX; i++)
    add_vector (fs, irqs[i], virtio, queues, vectors);

  g_array_sort (vectors, compare_vectors);

  return vectors;
}

static void
append_vector (GString *text, const Vector *vector, const char *cpus)
{
  g_string_append_printf (text, "%s%s.%u=%s", text->len > 0 ? " " : "",
                          vector->output ? "output" : "input", vector->queue, cpus);
}

static char *
affinity_read (const VtAttribute *attribute, const VtSystem *system, GError **error)
{
  guint queues = vt_net_device_tx_queues (system->fs, attribute->device);
  g_autoptr (GArray) vectors = list_vectors (system->fs, attribute->device, queues);
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < vectors->len; i++)
    {
      const Vector *vector = &g_array_index (vectors, Vector, i);
      g_autofree char *path = g_strdup_printf ("proc/irq/%s/smp_affinity_list", vector->irq);
      g_autofree char *cpus = vt_kernel_fs_read (system->fs, path, error);

      if (cpus == NULL)
        return NULL;

      append_vector (text, vector, cpus);
    }

  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* The vector that @word names ("input.0=0-3"). *@ret_cpus is the part after '='. */
static const Vector *
find_vector (const GArray *vectors, const char *word, const char **ret_cpus)
{
  const char *sign = strchr (word, '=');
  g_autofree char *name = NULL;
  Vector wanted = { 0 };

  if (sign == NULL)
    return NULL;

  name = g_strdup_printf ("-%.*s", (int) (sign - word), word);
  if (!parse_name (name, "", &wanted))
    return NULL;

  for (guint i = 0; i < vectors->len; i++)
    {
      const Vector *vector = &g_array_index (vectors, Vector, i);

      if (compare_vectors (vector, &wanted) == 0)
        {
          *ret_cpus = sign + 1;
          return vector;
        }
    }

  return NULL;
}

/* irq_select_affinity_usr() and write_irq_affinity() of kernel/irq. */
static const VtRefusalReason reasons[] = {
  { EIO, "the kernel manages this interrupt itself" },
  { EINVAL, "none of these CPUs is online" },
  { ENOSPC, "these CPUs have no free interrupt vector" },
  { 0, NULL },
};

static gboolean
write_vector (const VtKernelFs *fs, const Vector *vector, const char *cpus, GError **error)
{
  g_autofree char *path = g_strdup_printf ("proc/irq/%s/smp_affinity_list", vector->irq);

  return vt_refusal_write (fs, path, cpus, reasons, error);
}

static gboolean
affinity_write (const VtAttribute *attribute,
                const VtSystem *system,
                const char *value,
                GError **error)
{
  g_auto (GStrv) words = g_strsplit (value, " ", -1);
  g_autoptr (GArray) vectors = list_vectors (system->fs, attribute->device, G_MAXUINT);

  for (guint i = 0; words[i] != NULL; i++)
    {
      const char *cpus = NULL;
      const Vector *vector = find_vector (vectors, words[i], &cpus);

      if (vector == NULL)
        return vt_error_set (error, VT_ERROR_GENERIC, "'%s' has no interrupt for '%s'",
                             attribute->device, words[i]);
      if (!write_vector (system->fs, vector, cpus, error))
        return FALSE;
    }

  return TRUE;
}

/* Shares out the CPUs as XPS does: then the CPU that sends through a queue handles its interrupts.
 */
static char *
spread (const GArray *vectors, const GArray *cpus, guint queues)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < vectors->len; i++)
    {
      const Vector *vector = &g_array_index (vectors, Vector, i);
      g_autoptr (GArray) share = vt_cpu_set_share (cpus, vector->queue, queues);
      g_autofree char *list = vt_cpu_set_to_list (share);

      append_vector (text, vector, list);
    }

  return g_string_free (text, FALSE);
}

static gboolean
decide_auto (const VtAttribute *attribute,
             const VtQuestion *question,
             VtDecision *ret,
             GError **error)
{
  const VtKernelFs *fs = question->system->fs;
  guint queues = vt_net_device_planned_queues (question, attribute->device);
  g_autoptr (GArray) cpus = vt_housekeeping_irq_cpus (fs, error);
  g_autoptr (GArray) vectors = list_vectors (fs, attribute->device, queues);

  if (cpus == NULL)
    return FALSE;

  if (vt_irqbalance_runs (fs))
    ret->reason = g_strdup ("irqbalance places the interrupts");
  else if (queues < 2)
    ret->reason = g_strdup ("there is only one queue");
  else
    ret->value = spread (vectors, cpus, queues);

  return TRUE;
}

static gboolean
affinity_decide (const VtAttribute *attribute,
                 const VtQuestion *question,
                 const char *wanted,
                 VtDecision *ret,
                 GError **error)
{
  return vt_net_decide (attribute, question, wanted, decide_auto, ret, error);
}

static const VtAttributeOps affinity_ops = {
  .read = affinity_read,
  .write = affinity_write,
  .decide = affinity_decide,
  .allowed = vt_net_allowed,
};

static void
affinity_enumerate (const VtSystem *system, const char *device, GPtrArray *attributes)
{
  g_auto (GStrv) devices = vt_net_devices_list (system, device);

  for (guint i = 0; devices[i] != NULL; i++)
    {
      g_autoptr (GArray) vectors = list_vectors (system->fs, devices[i], G_MAXUINT);

      if (vectors->len == 0)
        continue;

      vt_net_add_attribute (attributes, system, &affinity_ops, devices[i], names[0],
                            VT_RANK_AFFINITY);
    }
}

const VtTunable vt_tunable_net_irq_affinity = {
  .section = "net",
  .names = names,
  .enumerate = affinity_enumerate,
};
