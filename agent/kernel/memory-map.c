/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/kernel/memory-map.h"

#include <stdio.h>
#include <string.h>

#include "agent/kernel/memory-blocks.h"
#include "protocol/error.h"

#define NODE_FOLDER   "sys/devices/system/node"
#define MEMORY_FOLDER "sys/devices/system/memory"
#define ACPI_FOLDER   "sys/bus/acpi/devices"
#define ACPI_MEMORY   "PNP0C80:"
#define PATH_MAX_HERE 512

/* sizeof (struct page) and the page size, in bytes, on all supported machines. */
#define PAGE_STRUCT 64
#define PAGE_SIZE_  4096
#define PAGE_ORDERS 16 /* more than the buddy allocator of any kernel has */

/* The bits "present" and "enabled" of _STA (ACPI 6, 6.3.7), which the kernel checks. */
#define ACPI_ENABLED 0x3

typedef struct
{
  GHashTable *nodes; /* block index + 1 to node + 1, so that no value is NULL */
  int node;
} NodeWalk;

static gboolean
map_add_node (const char *name, gpointer data)
{
  NodeWalk *walk = data;
  guint64 index;

  if (vt_memory_block_parse (name, &index))
    g_hash_table_insert (walk->nodes, GSIZE_TO_POINTER (index + 1),
                         GINT_TO_POINTER (walk->node + 1));
  return g_hash_table_size (walk->nodes) < VT_KERNEL_LIST_MAX;
}

/* Each node's folder names its blocks (Documentation/ABI/stable/sysfs-devices-node). */
static GHashTable *
map_read_nodes (const VtKernelFs *fs)
{
  NodeWalk walk = { g_hash_table_new (NULL, NULL), 0 };
  g_auto (GStrv) names = vt_kernel_fs_list (fs, NODE_FOLDER);

  for (gsize i = 0; names[i] != NULL; i++)
    {
      g_autofree char *path = g_strconcat (NODE_FOLDER "/", names[i], NULL);
      guint64 node;

      if (!g_str_has_prefix (names[i], "node")
          || !g_ascii_string_to_unsigned (names[i] + strlen ("node"), 10, 0, G_MAXUINT16, &node,
                                          NULL))
        continue;
      walk.node = (int) node;
      if (vt_kernel_fs_each (fs, path, map_add_node, &walk) < 0)
        g_debug ("%s was removed while it was read", path);
    }
  return walk.nodes;
}

static void
map_read_attribute (const VtKernelFs *fs,
                    guint64 index,
                    const char *attribute,
                    char text[VT_MEMORY_SPAN_TEXT_MAX])
{
  char path[PATH_MAX_HERE];

  snprintf (path, sizeof path, MEMORY_FOLDER "/memory%" G_GUINT64_FORMAT "/%s", index, attribute);
  if (vt_kernel_fs_read_buffer (fs, path, text, VT_MEMORY_SPAN_TEXT_MAX) < 0)
    text[0] = '\0';
}

static gboolean
span_is_equal (const VtMemorySpan *a, const VtMemorySpan *b)
{
  return a->node == b->node && strcmp (a->state, b->state) == 0 && strcmp (a->zones, b->zones) == 0;
}

static void
map_add (GArray *map, const VtMemorySpan *span)
{
  VtMemorySpan *previous = map->len > 0 ? &g_array_index (map, VtMemorySpan, map->len - 1) : NULL;

  if (previous != NULL && previous->last + 1 == span->first && span_is_equal (previous, span))
    previous->last = span->last;
  else
    g_array_append_vals (map, span, 1);
}

GArray *
vt_memory_map_list (const VtKernelFs *fs, GError **error)
{
  g_autoptr (GArray) blocks = vt_memory_blocks_list (fs, error);
  g_autoptr (GHashTable) nodes = NULL;
  GArray *map;

  if (blocks == NULL)
    return NULL;

  nodes = map_read_nodes (fs);
  map = g_array_new (FALSE, FALSE, sizeof (VtMemorySpan));
  for (guint i = 0; i < blocks->len; i++)
    {
      guint64 index = g_array_index (blocks, VtMemoryBlock, i).index;
      VtMemorySpan span = { .first = index, .last = index };

      span.node = GPOINTER_TO_INT (g_hash_table_lookup (nodes, GSIZE_TO_POINTER (index + 1))) - 1;
      map_read_attribute (fs, index, "state", span.state);
      map_read_attribute (fs, index, "valid_zones", span.zones);
      if (span.state[0] != '\0') /* else the block was removed meanwhile */
        map_add (map, &span);
    }
  return map;
}

guint64
vt_memory_map_count_online (const GArray *map, const char *zone)
{
  guint64 n = 0;

  for (guint i = 0; i < map->len; i++)
    {
      const VtMemorySpan *span = &g_array_index (map, VtMemorySpan, i);

      if (strcmp (span->state, "online") == 0 && (zone == NULL || strcmp (span->zones, zone) == 0))
        n += span->last - span->first + 1;
    }
  return n;
}

/* Adds up the pages of one line of /proc/buddyinfo, which lists free chunks by order (proc(5)). */
static guint64
sum_free_pages (const char *line)
{
  g_auto (GStrv) words = g_strsplit (line, " ", -1);
  guint64 pages = 0;
  guint order = 0;

  for (gsize i = 0; words[i] != NULL && order < PAGE_ORDERS; i++)
    if (*words[i] != '\0')
      pages += g_ascii_strtoull (words[i], NULL, 10) << order++;
  return pages;
}

/* Free bytes in zone Movable, where the kernel can't put its own data. */
static guint64
read_free_movable (const VtKernelFs *fs)
{
  static const char zone[] = "Movable";
  g_autofree char *text = vt_kernel_fs_read (fs, "proc/buddyinfo", NULL);
  g_auto (GStrv) lines = g_strsplit (text != NULL ? text : "", "\n", -1);
  guint64 pages = 0;

  for (gsize i = 0; lines[i] != NULL; i++)
    {
      const char *counts = strstr (lines[i], zone);

      if (counts != NULL)
        pages += sum_free_pages (counts + strlen (zone));
    }
  return pages * PAGE_SIZE_;
}

guint64
vt_memory_read_kernel_available (const VtKernelFs *fs)
{
  static const char name[] = "MemAvailable:";
  g_autofree char *text = vt_kernel_fs_read (fs, "proc/meminfo", NULL);
  const char *line = text != NULL ? strstr (text, name) : NULL;
  guint64 all = line != NULL ? g_ascii_strtoull (line + strlen (name), NULL, 10) * 1024 : 0;
  guint64 movable = read_free_movable (fs);

  return all > movable ? all - movable : 0;
}

static gboolean
is_refused_device (const VtKernelFs *fs, const char *name)
{
  g_autofree char *status_path = g_strconcat (ACPI_FOLDER "/", name, "/status", NULL);
  g_autofree char *node_path = g_strconcat (ACPI_FOLDER "/", name, "/physical_node", NULL);
  g_autofree char *status = vt_kernel_fs_read (fs, status_path, NULL);

  return status != NULL && (g_ascii_strtoull (status, NULL, 10) & ACPI_ENABLED) == ACPI_ENABLED
         && !vt_kernel_fs_exists (fs, node_path);
}

guint
vt_memory_count_refused_devices (const VtKernelFs *fs)
{
  g_auto (GStrv) names = vt_kernel_fs_list (fs, ACPI_FOLDER);
  guint n = 0;

  for (gsize i = 0; names[i] != NULL; i++)
    if (g_str_has_prefix (names[i], ACPI_MEMORY) && is_refused_device (fs, names[i]))
      n++;
  return n;
}

guint64
vt_memory_memmap_size (guint64 size)
{
  return size / PAGE_SIZE_ * PAGE_STRUCT;
}
