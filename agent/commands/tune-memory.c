/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Memory for a host that plugs and unplugs it: where each block is, all of it
 * online within a time, some of it offline within a time. A call waits for
 * seconds at most, so that the agent's other work goes on in between; who
 * wants to wait longer asks again, and shows his user how far it is.
 */

#include "config.h"

#include <string.h>

#include "agent/commands/command.h"
#include "agent/commands/tune-report.h"
#include "agent/engine/engine.h"
#include "agent/events.h"
#include "agent/kernel/memory-blocks.h"
#include "agent/kernel/memory-map.h"
#include "agent/kernel/memory-offline.h"
#include "agent/log.h"
#include "agent/memory-watch.h"
#include "protocol/error.h"
#include "protocol/json.h"

#define MEMORY_KEY    "memory/auto_online_blocks"
#define POLICY_PATH   "sys/devices/system/memory/auto_online_blocks"
#define RATIO_PATH    "sys/module/memory_hotplug/parameters/auto_movable_ratio"
#define RATIO_DEFAULT 301 /* the kernel's own, percent (admin-guide/mm/memory-hotplug) */
#define OFFLINE_MS    5000

static const char *const online_words[] = { "online", "online_kernel", "online_movable", NULL };

static JsonNode *
to_node (JsonObject *object)
{
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);

  json_node_take_object (node, object);
  return node;
}

static gint64
end_of (gint64 milliseconds)
{
  return g_get_monotonic_time () + milliseconds * 1000;
}

static JsonObject *
span_to_json (const VtMemorySpan *span)
{
  JsonObject *object = json_object_new ();

  json_object_set_int_member (object, "first", (gint64) span->first);
  json_object_set_int_member (object, "last", (gint64) span->last);
  json_object_set_string_member (object, "state", span->state);
  if (span->node >= 0)
    json_object_set_int_member (object, "node", span->node);
  if (span->zones[0] != '\0')
    json_object_set_string_member (object, "zones", span->zones);
  return object;
}

static JsonNode *
run_status (VtAgent *agent, JsonObject *arguments, GError **error)
{
  const VtKernelFs *fs = agent->system.fs;
  g_autoptr (GArray) map = vt_memory_map_list (fs, error);
  g_autofree char *policy = vt_kernel_fs_read (fs, POLICY_PATH, NULL);
  guint64 size;
  JsonObject *object;
  JsonArray *spans;

  if (map == NULL || !vt_memory_block_size (fs, &size, error))
    return NULL;

  object = json_object_new ();
  spans = json_array_sized_new (map->len);
  for (guint i = 0; i < map->len; i++)
    json_array_add_object_element (spans, span_to_json (&g_array_index (map, VtMemorySpan, i)));
  json_object_set_int_member (object, "block-size", (gint64) size);
  json_object_set_int_member (object, "available", (gint64) vt_memory_available (fs));
  json_object_set_int_member (object, "refused", vt_memory_count_refused (fs));
  if (policy != NULL)
    json_object_set_string_member (object, "policy", policy);
  json_object_set_array_member (object, "blocks", spans);
  return to_node (object);
}

typedef struct
{
  const VtKernelFs *fs;
  VtMemoryWatch *watch;
  VtEvents *events;
  char *word;
  guint64 wanted; /* blocks; 0: those that are there */
  gint64 end;
  gboolean by_kernel; /* it brings online what comes */
  VtSweep last;
  guint onlined; /* of all sweeps */
} Onlining;

static gboolean
onlining_is_complete (const Onlining *work)
{
  guint64 online = (guint64) work->last.online + work->last.onlined + work->last.misplaced;

  return work->last.failed == 0 && online >= work->wanted;
}

static guint64
onlining_missing (const Onlining *work)
{
  guint64 online = (guint64) work->last.online + work->last.onlined + work->last.misplaced;

  return work->wanted > online ? work->wanted - online : 1;
}

static gboolean
onlining_sweep (Onlining *work, guint64 from, GError **error)
{
  if (!vt_memory_blocks_sweep_from (work->fs, from, work->word, NULL, NULL, &work->last, error))
    return FALSE;

  work->onlined += work->last.onlined;
  if (work->last.onlined > 0 && vt_events_are_wanted (work->events))
    vt_events_post (work->events, "TUNE_MEMORY_ONLINED",
                    to_node (vt_tune_sweep_to_json (work->word, &work->last)));
  return TRUE;
}

/* Where one sweep left all in order, and nothing was lost or went, the next begins at what came. */
static guint64
onlining_from (const Onlining *work, const VtMemoryCounts *before, const VtMemoryCounts *now)
{
  return work->last.failed == 0 && before->lost == now->lost && before->left == now->left
             ? now->lowest
             : 0;
}

/* What failed waits for free memory, of which nobody tells: the end of the time is soon enough. */
static gboolean
onlining_run (Onlining *work, GError **error)
{
  VtMemoryCounts before, now;
  guint64 from = 0;

  vt_memory_watch_settle (work->watch);
  vt_memory_watch_get (work->watch, &before);
  while (TRUE)
    {
      if (!onlining_sweep (work, from, error))
        return FALSE;
      if (onlining_is_complete (work))
        return TRUE;
      if (!vt_memory_watch_wait (work->watch, &before, work->by_kernel, onlining_missing (work),
                                 work->end))
        return onlining_sweep (work, 0, error);
      vt_memory_watch_settle (work->watch);
      vt_memory_watch_get (work->watch, &now);
      from = onlining_from (work, &before, &now);
      before = now;
    }
}

static char *
onlining_reason (const Onlining *work, guint refused)
{
  if (work->last.failed > 0)
    return g_strdup_printf ("%u blocks stay offline, the first is memory%" G_GUINT64_FORMAT ": %s",
                            work->last.failed, work->last.first_failed,
                            g_strerror (work->last.error));
  if (refused > 0)
    return g_strdup_printf ("the guest's kernel refused %u of its memory devices, as it does where "
                            "the list of their pages, 1/64 of their size, does not fit into free "
                            "memory; what it took for that list comes back with a reboot only",
                            refused);
  return g_strdup ("not all blocks have come yet");
}

/* What the kernel refused takes it a while to tell: of each slot the firmware is asked. */
static void
onlining_explain (const Onlining *work, JsonObject *object)
{
  guint refused = vt_memory_count_refused (work->fs);
  g_autofree char *reason = onlining_reason (work, refused);

  json_object_set_int_member (object, "refused", refused);
  json_object_set_string_member (object, "reason", reason);
}

static JsonNode *
onlining_to_json (const Onlining *work)
{
  JsonObject *object = json_object_new ();

  json_object_set_boolean_member (object, "complete", onlining_is_complete (work));
  json_object_set_int_member (object, "online",
                              work->last.online + work->last.onlined + work->last.misplaced);
  json_object_set_int_member (object, "offline", work->last.failed);
  json_object_set_int_member (object, "onlined", work->onlined);
  json_object_set_int_member (object, "failed", work->last.failed);
  json_object_set_int_member (object, "misplaced", work->last.misplaced);
  if (!onlining_is_complete (work))
    onlining_explain (work, object);
  return to_node (object);
}

/* The argument's word, or the settings', or the plain one. FALSE: it is no word of onlining. */
static gboolean
read_word (VtAgent *agent, JsonObject *arguments, char **ret_word, GError **error)
{
  g_autofree char *wanted = vt_engine_get_wanted (agent->engine, MEMORY_KEY);
  const char *word
      = wanted != NULL && g_strv_contains (online_words, wanted) ? wanted : online_words[0];

  if (!vt_json_get_string (arguments, "policy", FALSE, &word, error))
    return FALSE;
  if (!g_strv_contains (online_words, word))
    return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT,
                         "Parameter 'policy' is '%s', expected: online, online_kernel or "
                         "online_movable",
                         word);

  *ret_word = g_strdup (word);
  return TRUE;
}

static guint64
read_ratio (const VtKernelFs *fs)
{
  g_autofree char *text = vt_kernel_fs_read (fs, RATIO_PATH, NULL);
  guint64 ratio;

  return text != NULL && g_ascii_string_to_unsigned (text, 10, 0, G_MAXINT32, &ratio, NULL)
             ? ratio
             : RATIO_DEFAULT;
}

/*
 * The kernel itself never refuses online_movable, and a guest with too little
 * memory that it may use for itself ends in OOM with much of it free.
 */
static gboolean
check_movable (const VtKernelFs *fs, const char *word, guint64 wanted, GError **error)
{
  g_autoptr (GArray) map = NULL;
  guint64 ratio = read_ratio (fs);
  guint64 movable, kernel, coming = 0;

  if (strcmp (word, "online_movable") != 0)
    return TRUE;
  map = vt_memory_map_list (fs, error);
  if (map == NULL)
    return FALSE;

  movable = vt_memory_map_count_online (map, "Movable");
  kernel = vt_memory_map_count_online (map, NULL) - movable;
  for (guint i = 0; i < map->len; i++)
    {
      const VtMemorySpan *span = &g_array_index (map, VtMemorySpan, i);

      if (strcmp (span->state, "offline") == 0)
        coming += span->last - span->first + 1;
    }
  coming = MAX (coming, wanted > movable + kernel ? wanted - movable - kernel : 0);
  if (coming == 0 || (movable + coming) * 100 <= kernel * ratio)
    return TRUE;
  return vt_error_set (error, VT_ERROR_REFUSED,
                       "online_movable would make %" G_GUINT64_FORMAT
                       " blocks movable beside %" G_GUINT64_FORMAT
                       " that the kernel can use for itself; auto_movable_ratio "
                       "allows %" G_GUINT64_FORMAT " %%",
                       movable + coming, kernel, ratio);
}

static JsonNode *
run_online (VtAgent *agent, JsonObject *arguments, GError **error)
{
  const VtKernelFs *fs = agent->system.fs;
  g_autofree char *policy = vt_kernel_fs_read (fs, POLICY_PATH, NULL);
  g_autofree char *word = NULL;
  Onlining work = { .fs = fs, .watch = agent->memory, .events = agent->events };
  gint64 wanted = 0, timeout = 0;
  gboolean force = FALSE;

  if (!read_word (agent, arguments, &word, error)
      || !vt_json_get_int (arguments, "blocks", FALSE, &wanted, error)
      || !vt_json_get_int (arguments, "timeout", FALSE, &timeout, error)
      || !vt_json_get_bool (arguments, "force", FALSE, &force, error)
      || (!force && !check_movable (fs, word, (guint64) wanted, error)))
    return NULL;

  work.word = word;
  work.wanted = (guint64) wanted;
  work.end = end_of (timeout);
  work.by_kernel = policy != NULL && g_strv_contains (online_words, policy);
  if (!onlining_run (&work, error))
    return NULL;
  if (work.onlined > 0)
    vt_log_event (VT_LOG_ONLINED, "memory blocks brought online: %u (%s)", work.onlined, word);
  return onlining_to_json (&work);
}

static JsonNode *
run_offline (VtAgent *agent, JsonObject *arguments, GError **error)
{
  gint64 blocks = 0, timeout = OFFLINE_MS;
  gboolean movable_only = FALSE;
  VtOfflined result = { 0 };
  JsonObject *object;

  if (!vt_json_get_int (arguments, "blocks", TRUE, &blocks, error)
      || !vt_json_get_bool (arguments, "movable-only", FALSE, &movable_only, error)
      || !vt_json_get_int (arguments, "timeout", FALSE, &timeout, error)
      || !vt_memory_offline (agent->system.fs, (guint64) blocks, movable_only, end_of (timeout),
                             &result, error))
    return NULL;

  object = json_object_new ();
  json_object_set_int_member (object, "offlined", result.offlined);
  json_object_set_int_member (object, "refused", result.refused);
  json_object_set_int_member (object, "late", result.late);
  json_object_set_int_member (object, "unfinished", result.unfinished);
  return to_node (object);
}

const VtCommand vt_commands_tune_memory[] = {
  { "tune-memory-offline", run_offline },
  { "tune-memory-online", run_online },
  { "tune-memory-status", run_status },
  { NULL },
};
