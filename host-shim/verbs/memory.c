/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host-shim/verbs/verbs.h"

#include "host-shim/memory-blocks.h"
#include "host-shim/progress.h"
#include "host-shim/shape.h"
#include "host-shim/size.h"
#include "host-shim/verbs/memory-plug.h"
#include "protocol/error.h"

/* Blocks of one guest-set-memory-blocks; such a request is far below the agent's size limit. */
#define BATCH 1024

static const char *const offline_headings[] = { "OFFLINE", "BLOCKS", "SIZE", NULL };
static const char *const failed_headings[] = { "BLOCK", "RESULT", "ERROR", NULL };

static VtMemoryBlocks *
ask_blocks (VtRun *run, GError **error)
{
  g_autoptr (JsonNode) info = vt_run_call (run, "guest-get-memory-block-info", NULL, error);
  g_autoptr (JsonNode) list = NULL;

  if (info != NULL)
    list = vt_run_call (run, "guest-get-memory-blocks", NULL, error);
  return list != NULL ? vt_memory_blocks_from_json (info, list, error) : NULL;
}

static void
print_count (VtRun *run, const VtMemoryBlocks *blocks, const char *label, guint n)
{
  g_autofree char *size = vt_size_to_string (blocks->block_size * n);

  vt_output_line (run->output, "%-10s %u blocks, %s", label, n, size);
}

static void
add_range (const VtMemoryRange *range, guint64 block_size, VtTable *table)
{
  guint64 n = range->last - range->first + 1;
  g_autofree char *name = vt_memory_range_to_string (range);
  g_autofree char *count = g_strdup_printf ("%" G_GUINT64_FORMAT, n);
  g_autofree char *size = vt_size_to_string (n * block_size);
  const char *const cells[] = { name, count, size };

  vt_table_add (table, cells);
}

static gboolean
run_qga_status (VtRun *run, GError **error)
{
  g_autoptr (VtMemoryBlocks) blocks = ask_blocks (run, error);
  g_autoptr (VtTable) table = vt_table_new (offline_headings);
  g_autoptr (GArray) ranges = NULL;
  g_autoptr (JsonNode) json = NULL;
  g_autofree char *block_size = NULL;

  if (blocks == NULL)
    return FALSE;
  ranges = vt_memory_blocks_offline_ranges (blocks);
  for (guint i = 0; i < ranges->len; i++)
    add_range (&g_array_index (ranges, VtMemoryRange, i), blocks->block_size, table);
  block_size = vt_size_to_string (blocks->block_size);
  vt_output_line (run->output, "%-10s %s", "block size", block_size);
  print_count (run, blocks, "online", blocks->n_online);
  print_count (run, blocks, "offline", blocks->offline->len);
  vt_output_table (run->output, table);
  json = vt_memory_blocks_to_json (blocks);
  vt_run_print_json (run, json);
  return TRUE;
}

/* Reads the results of one batch. Adds failures to @table, and all results to @results.
 * Returns: how many succeeded */
static guint
read_results (VtShape *shape, JsonNode *ret, VtTable *table, JsonArray *results)
{
  JsonArray *list = vt_shape_root_list (shape, ret);
  guint n_ok = 0;

  for (guint i = 0; i < json_array_get_length (list); i++)
    {
      JsonObject *entry = vt_shape_item (shape, list, i);
      g_autofree char *block = NULL;
      const char *cells[3];

      block = g_strdup_printf ("%" G_GINT64_FORMAT, vt_shape_count (shape, entry, "phys-index"));
      cells[0] = block;
      cells[1] = vt_shape_string (shape, entry, "response");
      cells[2] = vt_shape_optional_value (shape, entry, "error-code");
      if (g_str_equal (cells[1], "success"))
        n_ok++;
      else
        vt_table_add (table, cells);
      json_array_add_element (results, json_node_copy (json_array_get_element (list, i)));
    }
  return n_ok;
}

static gboolean
online_batch (VtRun *run,
              const GArray *offline,
              guint first,
              VtTable *table,
              JsonArray *results,
              guint *n_ok,
              GError **error)
{
  guint n = MIN (BATCH, offline->len - first);
  JsonNode *arguments = vt_memory_blocks_online_request (offline, first, n);
  g_autoptr (JsonNode) ret = vt_run_call (run, "guest-set-memory-blocks", arguments, error);
  g_autoptr (VtShape) shape = vt_shape_new ("guest-set-memory-blocks");
  guint before = json_array_get_length (results);

  if (ret == NULL)
    return FALSE;
  *n_ok += read_results (shape, ret, table, results);
  if (json_array_get_length (results) - before != n)
    vt_shape_fault (shape, "there must be one entry for each block");
  return vt_shape_check (shape, error);
}

static void
print_results (VtRun *run, guint wanted, guint n_ok, VtTable *table, JsonArray *results)
{
  g_autoptr (JsonObject) object = json_object_new ();
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), object);

  vt_output_table (run->output, table);
  if (vt_table_n_rows (table) > 0)
    vt_output_line (run->output, "%s", "");
  if (wanted == 0)
    vt_output_line (run->output, "no block is offline");
  else
    vt_output_line (run->output, "%u of %u blocks brought online", n_ok, wanted);
  json_object_set_int_member (object, "wanted", wanted);
  json_object_set_int_member (object, "online", n_ok);
  json_object_set_array_member (object, "results", json_array_ref (results));
  vt_run_print_json (run, node);
}

static gboolean
run_online (VtRun *run, VtExit *ret_exit, GError **error)
{
  g_autoptr (VtMemoryBlocks) blocks = ask_blocks (run, error);
  g_autoptr (VtTable) table = vt_table_new (failed_headings);
  g_autoptr (JsonArray) results = json_array_new ();
  g_autoptr (VtProgress) progress
      = vt_progress_new (run->options->quiet || run->options->json, "blocks");
  guint n_ok = 0;

  if (blocks == NULL)
    return FALSE;
  for (guint first = 0; first < blocks->offline->len; first += BATCH)
    {
      vt_progress_show (progress, first, blocks->offline->len);
      if (!online_batch (run, blocks->offline, first, table, results, &n_ok, error))
        return FALSE;
    }
  print_results (run, blocks->offline->len, n_ok, table, results);
  *ret_exit = n_ok < blocks->offline->len ? VT_EXIT_FAILED : VT_EXIT_OK;
  return TRUE;
}

/* Prints virt-tune-agent's map; if the agent has none, what the commands of qga tell. */
static gboolean
run_map (VtRun *run, guint64 bytes, VtExit *ret_exit, GError **error)
{
  g_autoptr (GError) fault = NULL;

  if (vt_memory_run_map (run, &fault))
    return TRUE;
  if (g_error_matches (fault, VT_ERROR, VT_ERROR_COMMAND_NOT_FOUND))
    return run_qga_status (run, error);
  g_propagate_error (error, g_steal_pointer (&fault));
  return FALSE;
}

static gboolean
run_online_all (VtRun *run, guint64 bytes, VtExit *ret_exit, GError **error)
{
  return run_online (run, ret_exit, error);
}

typedef enum
{
  SIZE_NONE,
  SIZE_OPTIONAL,
  SIZE_REQUIRED,
} SizeArgument;

static const struct
{
  const char *name;
  SizeArgument size;
  gboolean (*run) (VtRun *run, guint64 bytes, VtExit *ret_exit, GError **error);
} subcommands[] = {
  { "status", SIZE_NONE, run_map },
  { "online", SIZE_NONE, run_online_all },
  { "wait", SIZE_REQUIRED, vt_memory_run_wait },
  { "prepare", SIZE_OPTIONAL, vt_memory_run_prepare },
  { "offline", SIZE_REQUIRED, vt_memory_run_offline },
};

static gboolean
run_memory (VtRun *run, VtExit *ret_exit, GError **error)
{
  const char *what = *run->arguments != NULL ? *run->arguments : subcommands[0].name;
  const char *size = *run->arguments != NULL ? run->arguments[1] : NULL;
  guint64 bytes = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (subcommands); i++)
    {
      if (!g_str_equal (what, subcommands[i].name))
        continue;
      if (size != NULL && subcommands[i].size == SIZE_NONE)
        return vt_exit_set (error, VT_EXIT_USAGE, "memory '%s' takes no size", what);
      if (size == NULL && subcommands[i].size == SIZE_REQUIRED)
        return vt_exit_set (error, VT_EXIT_USAGE, "memory '%s' needs a size, such as 16G", what);
      if (size != NULL && !vt_size_parse (size, &bytes, error))
        return FALSE;
      return subcommands[i].run (run, bytes, ret_exit, error);
    }
  return vt_exit_set (
      error, VT_EXIT_USAGE,
      "memory '%s': expected 'status', 'online', 'wait', 'prepare' or 'offline'; see "
      "'virt-tune memory --help'",
      what);
}

const VtVerb vt_verb_memory = {
  .name = "memory",
  .arguments = "[status|online|wait SIZE|prepare [SIZE]|offline SIZE]",
  .max_arguments = 2,
  .summary = "show memory blocks, bring them online, take them offline",
  .details
  = "status          (default) shows the block size, and blocks by state, NUMA node and zone\n"
    "online          brings every offline block online; if one stays offline, the exit\n"
    "                status is 1\n"
    "wait SIZE       after a plug: brings offline blocks online, except those that\n"
    "                somebody took offline on purpose; ends when the guest has SIZE\n"
    "                online in total, or at --timeout\n"
    "prepare [SIZE]  before a plug: tells the kernel to bring plugged memory online by\n"
    "                itself; the exit status is 1 if the kernel's list of the pages of\n"
    "                SIZE may not fit into the free memory, if SIZE is no multiple of the\n"
    "                block size, or if SIZE as movable memory would exceed\n"
    "                auto_movable_ratio\n"
    "offline SIZE    before an unplug: takes SIZE offline, movable blocks first; the\n"
    "                agent leaves these blocks offline",
  .run = run_memory,
};
