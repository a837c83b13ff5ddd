/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host-shim/memory-blocks.h"

#include "host-shim/exit.h"
#include "host-shim/shape.h"

static int
compare_index (gconstpointer a, gconstpointer b)
{
  gint64 x = *(const gint64 *) a, y = *(const gint64 *) b;

  return (x > y) - (x < y);
}

static void
read_block (VtShape *shape, JsonObject *object, VtMemoryBlocks *blocks)
{
  gint64 index = vt_shape_count (shape, object, "phys-index");

  if (vt_shape_bool (shape, object, "online"))
    blocks->n_online++;
  else
    g_array_append_val (blocks->offline, index);
}

static void
check_unique (VtShape *shape, const GArray *sorted)
{
  for (guint i = 1; i < sorted->len; i++)
    if (g_array_index (sorted, gint64, i) == g_array_index (sorted, gint64, i - 1))
      vt_shape_fault (shape, "block %" G_GINT64_FORMAT " occurs twice",
                      g_array_index (sorted, gint64, i));
}

VtMemoryBlocks *
vt_memory_blocks_from_json (JsonNode *info, JsonNode *list, GError **error)
{
  g_autoptr (VtMemoryBlocks) blocks = g_new0 (VtMemoryBlocks, 1);
  g_autoptr (VtShape) info_shape = vt_shape_new ("guest-get-memory-block-info");
  g_autoptr (VtShape) shape = vt_shape_new ("guest-get-memory-blocks");
  JsonArray *entries = vt_shape_root_list (shape, list);
  gint64 size = vt_shape_count (info_shape, vt_shape_root_object (info_shape, info), "size");

  blocks->offline = g_array_new (FALSE, FALSE, sizeof (gint64));
  blocks->block_size = (guint64) size;
  if (size <= 0 || size > VT_MEMORY_BLOCK_SIZE_MAX)
    vt_shape_fault (info_shape, "a block of %" G_GINT64_FORMAT " bytes", size);
  for (guint i = 0; i < json_array_get_length (entries); i++)
    read_block (shape, vt_shape_item (shape, entries, i), blocks);
  g_array_sort (blocks->offline, compare_index);
  check_unique (shape, blocks->offline);
  if (!vt_shape_check (info_shape, error) || !vt_shape_check (shape, error))
    return NULL;
  return g_steal_pointer (&blocks);
}

void
vt_memory_blocks_free (VtMemoryBlocks *blocks)
{
  g_array_unref (blocks->offline);
  g_free (blocks);
}

GArray *
vt_memory_blocks_offline_ranges (const VtMemoryBlocks *blocks)
{
  GArray *ranges = g_array_new (FALSE, FALSE, sizeof (VtMemoryRange));

  for (guint i = 0; i < blocks->offline->len; i++)
    {
      guint64 index = (guint64) g_array_index (blocks->offline, gint64, i);
      VtMemoryRange *open
          = ranges->len > 0 ? &g_array_index (ranges, VtMemoryRange, ranges->len - 1) : NULL;
      VtMemoryRange range = { index, index };

      if (open != NULL && open->last + 1 == index)
        open->last = index;
      else
        g_array_append_val (ranges, range);
    }
  return ranges;
}

char *
vt_memory_range_to_string (const VtMemoryRange *range)
{
  if (range->first == range->last)
    return g_strdup_printf ("%" G_GUINT64_FORMAT, range->first);
  return g_strdup_printf ("%" G_GUINT64_FORMAT "-%" G_GUINT64_FORMAT, range->first, range->last);
}

static JsonArray *
ranges_to_json (const GArray *ranges)
{
  JsonArray *list = json_array_new ();

  for (guint i = 0; i < ranges->len; i++)
    {
      const VtMemoryRange *range = &g_array_index (ranges, VtMemoryRange, i);
      JsonArray *pair = json_array_new ();

      json_array_add_int_element (pair, (gint64) range->first);
      json_array_add_int_element (pair, (gint64) range->last);
      json_array_add_array_element (list, pair);
    }
  return list;
}

JsonNode *
vt_memory_blocks_to_json (const VtMemoryBlocks *blocks)
{
  g_autoptr (GArray) ranges = vt_memory_blocks_offline_ranges (blocks);
  g_autoptr (JsonObject) object = json_object_new ();

  json_object_set_int_member (object, "block-size", (gint64) blocks->block_size);
  json_object_set_int_member (object, "online", blocks->n_online);
  json_object_set_int_member (object, "offline", blocks->offline->len);
  json_object_set_array_member (object, "offline-blocks", ranges_to_json (ranges));
  return json_node_init_object (json_node_alloc (), object);
}

JsonNode *
vt_memory_blocks_online_request (const GArray *offline, guint first, guint n)
{
  g_autoptr (JsonObject) object = json_object_new ();
  JsonArray *list = json_array_new ();

  for (guint i = first; i < first + n; i++)
    {
      JsonObject *block = json_object_new ();

      json_object_set_int_member (block, "phys-index", g_array_index (offline, gint64, i));
      json_object_set_boolean_member (block, "online", TRUE);
      json_array_add_object_element (list, block);
    }
  json_object_set_array_member (object, "mem-blks", list);
  return json_node_init_object (json_node_alloc (), object);
}
