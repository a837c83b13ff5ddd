/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host-shim/verbs/memory-plug.h"

#include "host-shim/memory-blocks.h"
#include "host-shim/shape.h"
#include "host-shim/size.h"

static const char *const span_headings[] = { "BLOCKS", "SIZE", "STATE", "NODE", "ZONES", NULL };

static void
add_span (VtShape *shape, JsonObject *span, guint64 block_size, VtTable *table, guint64 counts[2])
{
  VtMemoryRange range = { (guint64) vt_shape_count (shape, span, "first"),
                          (guint64) vt_shape_count (shape, span, "last") };
  const char *state = vt_shape_string (shape, span, "state");
  guint64 n = range.last - range.first + 1;
  g_autofree char *name = NULL, *size = NULL;
  const char *cells[5];

  if (range.last < range.first || n > G_MAXUINT32)
    {
      vt_shape_fault (shape, "a span of blocks ends before it begins, or is too long");
      return;
    }
  name = vt_memory_range_to_string (&range);
  size = vt_size_to_string (n * block_size);
  cells[0] = name;
  cells[1] = size;
  cells[2] = state;
  cells[3] = vt_shape_optional_value (shape, span, "node");
  cells[4] = vt_shape_optional_string (shape, span, "zones");
  vt_table_add (table, cells);
  counts[g_str_equal (state, "online") ? 1 : 0] += n;
}

static void
print_map (VtRun *run, guint64 block_size, const guint64 counts[2], gint64 refused, VtTable *table)
{
  g_autofree char *size = vt_size_to_string (block_size);
  g_autofree char *online = vt_size_to_string (block_size * counts[1]);
  g_autofree char *offline = vt_size_to_string (block_size * counts[0]);

  vt_output_line (run->output, "%-10s %s", "block size", size);
  vt_output_line (run->output, "%-10s %" G_GUINT64_FORMAT " blocks, %s", "online", counts[1],
                  online);
  vt_output_line (run->output, "%-10s %" G_GUINT64_FORMAT " blocks, %s", "offline", counts[0],
                  offline);
  if (refused > 0)
    vt_output_line (run->output, "%-10s %" G_GINT64_FORMAT " memory devices, by the guest's kernel",
                    "refused", refused);
  vt_output_table (run->output, table);
}

gboolean
vt_memory_run_map (VtRun *run, GError **error)
{
  g_autoptr (JsonNode) ret = vt_run_call (run, "tune-memory-status", NULL, error);
  g_autoptr (VtShape) shape = vt_shape_new ("tune-memory-status");
  g_autoptr (VtTable) table = vt_table_new (span_headings);
  guint64 counts[2] = { 0, 0 };
  JsonObject *root;
  JsonArray *spans;
  gint64 block_size, refused;

  if (ret == NULL)
    return FALSE;
  root = vt_shape_root_object (shape, ret);
  block_size = vt_shape_count (shape, root, "block-size");
  refused = vt_shape_count (shape, root, "refused");
  spans = vt_shape_list (shape, root, "blocks");
  if (block_size <= 0 || block_size > VT_MEMORY_BLOCK_SIZE_MAX)
    vt_shape_fault (shape, "the block size can't be %" G_GINT64_FORMAT " bytes", block_size);
  for (guint i = 0; i < json_array_get_length (spans); i++)
    add_span (shape, vt_shape_item (shape, spans, i), (guint64) block_size, table, counts);
  if (!vt_shape_check (shape, error))
    return FALSE;
  print_map (run, (guint64) block_size, counts, refused, table);
  vt_run_print_json (run, ret);
  return TRUE;
}
