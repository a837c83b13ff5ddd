/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host-shim/verbs/memory-plug.h"

#include "host-shim/memory-blocks.h"
#include "host-shim/progress.h"
#include "host-shim/shape.h"
#include "host-shim/size.h"
#include "protocol/error.h"

/* Duration of one call. Between two calls the agent does other work, and we show the progress. */
#define CALL_SECONDS 0.5
/* The part of --timeout that is reserved for receiving the last reply. */
#define MARGIN_SECONDS 0.5

/* The kernel's list of pages takes 1/64 of the memory: 64 bytes for each page of 4 KiB. */
#define MEMMAP_DIVISOR 64

/* The list may take half of the free memory; the rest is for programs that run at that time. */
#define FREE_DIVISOR 2

static gboolean
ask_block_size (VtRun *run, guint64 *ret_size, GError **error)
{
  g_autoptr (JsonNode) ret = vt_run_call (run, "guest-get-memory-block-info", NULL, error);
  g_autoptr (VtShape) shape = vt_shape_new ("guest-get-memory-block-info");
  gint64 size;

  if (ret == NULL)
    return FALSE;
  size = vt_shape_count (shape, vt_shape_root_object (shape, ret), "size");
  if (size <= 0 || size > VT_MEMORY_BLOCK_SIZE_MAX)
    vt_shape_fault (shape, "the block size can't be %" G_GINT64_FORMAT " bytes", size);
  if (!vt_shape_check (shape, error))
    return FALSE;
  *ret_size = (guint64) size;
  return TRUE;
}

static gboolean
count_blocks (guint64 bytes, guint64 block_size, guint64 *ret_blocks, GError **error)
{
  *ret_blocks = (bytes + block_size - 1) / block_size;
  return *ret_blocks <= G_MAXINT32
         || vt_exit_set (error, VT_EXIT_USAGE, "a guest can't have %" G_GUINT64_FORMAT " blocks",
                         *ret_blocks);
}

static gdouble
seconds_left (const VtRun *run, gint64 start)
{
  return run->options->timeout - MARGIN_SECONDS
         - (gdouble) (g_get_monotonic_time () - start) / G_USEC_PER_SEC;
}

static JsonNode *
timed_arguments (guint64 blocks, gdouble seconds)
{
  g_autoptr (JsonObject) object = json_object_new ();

  json_object_set_int_member (object, "blocks", (gint64) blocks);
  json_object_set_int_member (object, "timeout", MAX ((gint64) (seconds * 1000), 1));
  return json_node_init_object (json_node_alloc (), object);
}

typedef struct
{
  gboolean complete;
  gint64 online;
  const char *reason; /* owned by the shape */
} OnlineReply;

static gboolean
read_online (VtShape *shape, JsonNode *ret, OnlineReply *online, GError **error)
{
  JsonObject *root = vt_shape_root_object (shape, ret);

  online->complete = vt_shape_bool (shape, root, "complete");
  online->online = vt_shape_count (shape, root, "online");
  online->reason = vt_shape_optional_string (shape, root, "reason");
  return vt_shape_check (shape, error);
}

static VtExit
print_online (VtRun *run, const OnlineReply *online, guint64 blocks, guint64 block_size)
{
  g_autofree char *size = vt_size_to_string ((guint64) online->online * block_size);

  vt_output_line (run->output,
                  "%" G_GINT64_FORMAT " of %" G_GUINT64_FORMAT " blocks are online, %s",
                  online->online, blocks, size);
  if (online->reason != NULL)
    vt_output_line (run->output, "%s", online->reason);
  else if (!online->complete)
    vt_output_line (run->output, "not complete; the agent gives no reason");
  return online->complete ? VT_EXIT_OK : VT_EXIT_FAILED;
}

gboolean
vt_memory_run_wait (VtRun *run, guint64 bytes, VtExit *ret_exit, GError **error)
{
  gint64 start = g_get_monotonic_time ();
  g_autoptr (VtProgress) progress
      = vt_progress_new (run->options->quiet || run->options->json, "blocks online");
  guint64 block_size, blocks;

  if (!ask_block_size (run, &block_size, error)
      || !count_blocks (bytes, block_size, &blocks, error))
    return FALSE;
  while (TRUE)
    {
      gdouble left = seconds_left (run, start);
      JsonNode *arguments = timed_arguments (blocks, CLAMP (left, 0, CALL_SECONDS));
      g_autoptr (JsonNode) ret = vt_run_call (run, "tune-memory-online", arguments, error);
      g_autoptr (VtShape) shape = vt_shape_new ("tune-memory-online");
      OnlineReply online = { FALSE };

      if (ret == NULL || !read_online (shape, ret, &online, error))
        return FALSE;
      vt_progress_show (progress, (guint64) online.online, blocks);
      if (!online.complete && left > CALL_SECONDS)
        continue;
      *ret_exit = print_online (run, &online, blocks, block_size);
      vt_run_print_json (run, ret);
      return TRUE;
    }
}

typedef struct
{
  gint64 offlined, refused, late, unfinished;
} OfflineTotals;

static gboolean
offline_once (VtRun *run, guint64 blocks, gdouble seconds, OfflineTotals *totals, GError **error)
{
  JsonNode *arguments = timed_arguments (blocks, seconds);
  g_autoptr (JsonNode) ret = vt_run_call (run, "tune-memory-offline", arguments, error);
  g_autoptr (VtShape) shape = vt_shape_new ("tune-memory-offline");
  JsonObject *root;

  if (ret == NULL)
    return FALSE;
  root = vt_shape_root_object (shape, ret);
  totals->offlined += MIN (vt_shape_count (shape, root, "offlined"), G_MAXINT32);
  totals->refused = vt_shape_count (shape, root, "refused");
  totals->late = vt_shape_count (shape, root, "late");
  totals->unfinished = vt_shape_count (shape, root, "unfinished");
  return vt_shape_check (shape, error);
}

static void
print_offlined (VtRun *run, const OfflineTotals *totals, guint64 blocks, guint64 block_size)
{
  g_autoptr (JsonObject) object = json_object_new ();
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), object);
  g_autofree char *size = vt_size_to_string ((guint64) totals->offlined * block_size);

  vt_output_line (run->output,
                  "%" G_GINT64_FORMAT " of %" G_GUINT64_FORMAT " blocks taken offline, %s",
                  totals->offlined, blocks, size);
  if (totals->refused > 0)
    vt_output_line (run->output,
                    "%" G_GINT64_FORMAT
                    " blocks contain memory that can't be moved, and stay online",
                    totals->refused);
  if (totals->late > 0)
    vt_output_line (run->output, "%" G_GINT64_FORMAT " blocks did not go offline in time",
                    totals->late);
  if (totals->unfinished > 0)
    vt_output_line (run->output, "%" G_GINT64_FORMAT " blocks are still going offline",
                    totals->unfinished);
  json_object_set_int_member (object, "wanted", (gint64) blocks);
  json_object_set_int_member (object, "offlined", totals->offlined);
  json_object_set_int_member (object, "refused", totals->refused);
  json_object_set_int_member (object, "late", totals->late);
  json_object_set_int_member (object, "unfinished", totals->unfinished);
  vt_run_print_json (run, node);
}

static gint64
span_movable (VtShape *shape, JsonObject *span)
{
  gint64 first = vt_shape_count (shape, span, "first");
  gint64 last = vt_shape_count (shape, span, "last");
  const char *zones = vt_shape_optional_string (shape, span, "zones");

  if (!g_str_equal (vt_shape_string (shape, span, "state"), "online")
      || g_strcmp0 (zones, "Movable") != 0 || last < first || last > G_MAXINT32)
    return 0;
  return last - first + 1;
}

/* Warns before the start if zone Movable has fewer than @blocks. Only in this zone, all memory can
 * be moved. */
static gboolean
warn_offline (VtRun *run, guint64 blocks, GError **error)
{
  g_autoptr (JsonNode) ret = vt_run_call (run, "tune-memory-status", NULL, error);
  g_autoptr (VtShape) shape = vt_shape_new ("tune-memory-status");
  JsonArray *spans;
  guint64 movable = 0;

  if (ret == NULL)
    return FALSE;
  spans = vt_shape_list (shape, vt_shape_root_object (shape, ret), "blocks");
  for (guint i = 0; i < json_array_get_length (spans); i++)
    movable += (guint64) span_movable (shape, vt_shape_item (shape, spans, i));
  if (!vt_shape_check (shape, error))
    return FALSE;
  if (movable < blocks)
    vt_output_line (run->output,
                    "%" G_GUINT64_FORMAT " blocks are movable; other blocks may contain memory "
                    "that can't be moved, and an unplug may fail",
                    movable);
  return TRUE;
}

/* Each call takes at most 5 s. If virt-tune is interrupted, the agent stops after the
 * current call. */
gboolean
vt_memory_run_offline (VtRun *run, guint64 bytes, VtExit *ret_exit, GError **error)
{
  gint64 start = g_get_monotonic_time ();
  g_autoptr (VtProgress) progress
      = vt_progress_new (run->options->quiet || run->options->json, "blocks offline");
  OfflineTotals totals = { 0 };
  guint64 block_size, blocks, before;
  gdouble left;

  if (!ask_block_size (run, &block_size, error) || !count_blocks (bytes, block_size, &blocks, error)
      || !warn_offline (run, blocks, error))
    return FALSE;
  do
    {
      before = (guint64) totals.offlined;
      left = seconds_left (run, start);
      if (!offline_once (run, blocks - before, CLAMP (left, 0, 5), &totals, error))
        return FALSE;
      vt_progress_show (progress, (guint64) totals.offlined, blocks);
      left = seconds_left (run, start);
    }
  while ((guint64) totals.offlined < blocks && left > CALL_SECONDS
         && ((guint64) totals.offlined > before || totals.late > 0));
  print_offlined (run, &totals, blocks, block_size);
  *ret_exit = (guint64) totals.offlined < blocks ? VT_EXIT_FAILED : VT_EXIT_OK;
  return TRUE;
}

static gboolean
ensure_onlining (VtRun *run, const char *policy, GError **error)
{
  g_autoptr (JsonNode) ret = NULL;
  g_autoptr (JsonNode) arguments = NULL;

  if (policy != NULL && g_str_has_prefix (policy, "online"))
    {
      vt_output_line (run->output, "the guest's kernel brings memory online by itself (%s)",
                      policy);
      return TRUE;
    }
  arguments = json_from_string (
      "{\"settings\": {\"memory\": {\"auto_online_blocks\": \"online\"}}}", error);
  if (arguments == NULL)
    return FALSE;
  ret = vt_run_call (run, "tune-apply", g_steal_pointer (&arguments), error);
  if (ret == NULL)
    return FALSE;
  vt_output_line (run->output, "the guest's kernel was told to bring memory online by itself");
  return TRUE;
}

/* Before the plug: memory that the kernel uses for its own data can't be made movable later. */
static void
warn_unplug (VtRun *run, const char *policy)
{
  if (g_strcmp0 (policy, "online_movable") != 0)
    vt_output_line (
        run->output,
        "it may be impossible to unplug this memory again, because the kernel may use it "
        "for its own data; if you want to unplug it, set "
        "memory/auto_online_blocks=online_movable before the plug");
}

/*
 * check_hotplug_memory_range() of the kernel's mm/memory_hotplug.c refuses a
 * device that is no whole number of blocks, and no part of it comes online.
 */
static VtExit
print_block_fit (VtRun *run, guint64 bytes, guint64 block_size)
{
  g_autofree char *size = vt_size_to_string (bytes);
  g_autofree char *block = vt_size_to_string (block_size);

  if (bytes % block_size == 0)
    return VT_EXIT_OK;

  vt_output_line (
      run->output,
      "a DIMM of %s can't come online: the guest's memory blocks have %s, and its kernel "
      "refuses a DIMM that is no multiple of that; plug a multiple of %s",
      size, block, block);
  return VT_EXIT_FAILED;
}

static VtExit
print_memmap_fit (VtRun *run, guint64 bytes, guint64 available)
{
  guint64 memmap = bytes / MEMMAP_DIVISOR;
  guint64 limit = available / FREE_DIVISOR;
  g_autofree char *size = vt_size_to_string (bytes);
  g_autofree char *need = vt_size_to_string (memmap);
  g_autofree char *have = vt_size_to_string (available);
  g_autofree char *most = vt_size_to_string (limit / (1 << 20) * (1 << 20) * MEMMAP_DIVISOR);

  vt_output_line (run->output, "the kernel's list of the pages of %s takes %s; %s are free", size,
                  need, have);
  if (memmap <= limit)
    return VT_EXIT_OK;
  if (memmap > available)
    vt_output_line (
        run->output,
        "it does not fit: the kernel will refuse the memory, or kill programs to get space");
  else
    vt_output_line (
        run->output,
        "it may not fit: the kernel may refuse the memory, or kill programs to get space");
  vt_output_line (run->output, "plug no more than %s at once; plug the rest when that is online",
                  most);
  return VT_EXIT_FAILED;
}

/* The kernel can't use movable memory for its own data. With more than auto_movable_ratio allows,
 * the other memory may not be enough for it. */
static VtExit
print_movable_fit (VtRun *run, guint64 bytes, guint64 block_size, guint64 limit)
{
  g_autofree char *size = vt_size_to_string (bytes);
  g_autofree char *most = NULL;

  if (bytes / block_size + (bytes % block_size > 0) <= limit)
    return VT_EXIT_OK;

  most = vt_size_to_string (limit * block_size);
  vt_output_line (run->output,
                  "as movable memory, %s exceeds auto_movable_ratio, which allows %s more; set "
                  "memory/auto_online_blocks=online before you plug the rest",
                  size, most);
  return VT_EXIT_FAILED;
}

gboolean
vt_memory_run_prepare (VtRun *run, guint64 bytes, VtExit *ret_exit, GError **error)
{
  g_autoptr (JsonNode) ret = vt_run_call (run, "tune-memory-status", NULL, error);
  g_autoptr (VtShape) shape = vt_shape_new ("tune-memory-status");
  g_autoptr (JsonNode) done = NULL;
  JsonObject *root;
  const char *policy;
  gint64 available, movable_limit, block_size;

  if (ret == NULL)
    return FALSE;
  root = vt_shape_root_object (shape, ret);
  policy = vt_shape_optional_string (shape, root, "policy");
  available = vt_shape_count (shape, root, "available");
  movable_limit = vt_shape_count (shape, root, "movable-room");
  block_size = vt_shape_count (shape, root, "block-size");
  if (block_size <= 0 || block_size > VT_MEMORY_BLOCK_SIZE_MAX)
    vt_shape_fault (shape, "the block size can't be %" G_GINT64_FORMAT " bytes", block_size);
  if (!vt_shape_check (shape, error) || !ensure_onlining (run, policy, error))
    return FALSE;
  warn_unplug (run, policy);
  done = vt_run_call (run, "tune-memory-online", NULL, error);
  if (done == NULL)
    return FALSE;
  if (bytes > 0)
    *ret_exit = print_memmap_fit (run, bytes, (guint64) available);
  if (print_block_fit (run, bytes, (guint64) block_size) != VT_EXIT_OK)
    *ret_exit = VT_EXIT_FAILED;
  if (g_strcmp0 (policy, "online_movable") == 0
      && print_movable_fit (run, bytes, (guint64) block_size, (guint64) movable_limit)
             != VT_EXIT_OK)
    *ret_exit = VT_EXIT_FAILED;
  vt_run_print_json (run, ret);
  return TRUE;
}
