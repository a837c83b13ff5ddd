/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Memory commands for a host that plugs and unplugs memory: show the state of
 * all blocks; bring all blocks online within a time limit; take some offline
 * within a time limit. A call waits a few seconds at most, so that the agent's
 * other work can run between calls. A host that wants to wait longer repeats
 * the command, and can show the progress.
 */

#include "config.h"

#include <errno.h>
#include <string.h>

#include "agent/commands/command.h"
#include "agent/commands/tune-report.h"
#include "agent/engine/engine.h"
#include "agent/hotplug/memory-events.h"
#include "agent/hotplug/memory-tracker.h"
#include "agent/kernel/memory-map.h"
#include "agent/kernel/memory-offline.h"
#include "agent/kernel/memory-sweep.h"
#include "agent/reporting/events.h"
#include "agent/reporting/log.h"
#include "protocol/error.h"
#include "protocol/json.h"

#define MEMORY_KEY  "memory/auto_online_blocks"
#define POLICY_PATH "sys/devices/system/memory/auto_online_blocks"
#define OFFLINE_MS  5000

static const char *const online_words[] = { "online", "online_kernel", "online_movable", NULL };

static JsonNode *
to_node (JsonObject *object)
{
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);

  json_node_take_object (node, object);
  return node;
}

static gint64
deadline_after (gint64 milliseconds)
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
  VtMovableMemory movable;
  guint64 size;
  JsonObject *object;
  JsonArray *spans;

  if (map == NULL || !vt_memory_block_size (fs, &size, error)
      || !vt_movable_memory_read (fs, NULL, NULL, &movable, error))
    return NULL;

  object = json_object_new ();
  spans = json_array_sized_new (map->len);
  for (guint i = 0; i < map->len; i++)
    json_array_add_object_element (spans, span_to_json (&g_array_index (map, VtMemorySpan, i)));
  json_object_set_int_member (object, "block-size", (gint64) size);
  json_object_set_int_member (object, "available", (gint64) vt_memory_read_kernel_available (fs));
  json_object_set_int_member (object, "refused", vt_memory_count_refused_devices (fs));
  json_object_set_int_member (object, "movable-room",
                              (gint64) vt_movable_memory_get_allowance (&movable));
  if (policy != NULL)
    json_object_set_string_member (object, "policy", policy);
  json_object_set_array_member (object, "blocks", spans);
  return to_node (object);
}

typedef struct
{
  const VtKernelFs *fs;
  VtMemoryTracker *tracker;
  VtMemoryEvents *memory_events;
  VtEvents *events;
  char *word;
  guint64 wanted; /* blocks; 0: those that exist */
  gint64 end;
  gboolean forced;
  gboolean held;      /* also bring held blocks online, even if their uevent is late */
  gboolean by_kernel; /* the kernel's policy brings new blocks online */
  VtSweepResult last;
  guint onlined; /* by all sweeps */
} Onlining;

static gboolean
onlining_is_complete (const Onlining *work)
{
  return work->last.failed == 0 && vt_sweep_result_count_online (&work->last) >= work->wanted;
}

static guint64
onlining_missing (const Onlining *work)
{
  guint64 online = vt_sweep_result_count_online (&work->last);

  return work->wanted > online ? work->wanted - online : 1;
}

static void
onlining_report (const Onlining *work)
{
  g_autofree char *fault = vt_sweep_result_describe_problem (&work->last, work->word);

  if (work->last.kernel_fallback > 0 || work->last.newly_misplaced > 0)
    vt_log_event (VT_LOG_DRIFT, "memory: %s", fault);
  if ((work->last.onlined > 0 || work->last.newly_plugged > 0)
      && vt_events_have_listener (work->events))
    vt_events_post (work->events, "TUNE_MEMORY_ONLINED",
                    to_node (vt_tune_sweep_to_json (work->word, &work->last)));
}

static gboolean
onlining_sweep (Onlining *work, guint64 from, GError **error)
{
  const VtSweepRequest request = { .policy = work->word,
                                   .from = from,
                                   .forced = work->forced,
                                   .is_held = work->held ? NULL : vt_memory_tracker_is_held,
                                   .record_online = vt_memory_tracker_record_online,
                                   .data = work->tracker };

  if (!vt_memory_sweep (work->fs, &request, &work->last, error))
    return FALSE;

  work->onlined += work->last.onlined;
  onlining_report (work);
  return TRUE;
}

/* Returns: the block at which the next sweep begins. That is the lowest new block if the last sweep
 * left nothing to do, no event was lost, no block was removed, and no zone must be checked. */
static guint64
onlining_next_start (const Onlining *work,
                     const VtMemoryEventCounts *before,
                     const VtMemoryEventCounts *now)
{
  return work->last.failed == 0 && work->last.held == 0 && strcmp (work->word, "online") == 0
                 && before->lost == now->lost && before->left == now->left
             ? now->lowest_added
             : 0;
}

/* Blocks that failed may succeed when memory is freed. No event reports that, so they are tried
 * again once, at the time limit. */
static gboolean
onlining_run (Onlining *work, GError **error)
{
  VtMemoryEventCounts before, now;
  guint64 from = 0;

  vt_memory_events_wait_until_quiet (work->memory_events);
  vt_memory_events_take_counts (work->memory_events, &before);
  while (TRUE)
    {
      if (!onlining_sweep (work, from, error))
        return FALSE;
      if (onlining_is_complete (work))
        return TRUE;
      if (!vt_memory_events_wait (work->memory_events, &before, work->by_kernel,
                                  onlining_missing (work), work->end))
        return onlining_sweep (work, 0, error);
      vt_memory_events_wait_until_quiet (work->memory_events);
      vt_memory_events_take_counts (work->memory_events, &now);
      from = onlining_next_start (work, &before, &now);
      before = now;
    }
}

static char *
onlining_reason (const Onlining *work, guint refused)
{
  g_autofree char *fault = vt_sweep_result_describe_problem (&work->last, work->word);

  if (work->last.failed > 0 || (fault != NULL && onlining_is_complete (work)))
    return g_steal_pointer (&fault);
  if (onlining_is_complete (work))
    return work->last.misplaced > 0 ? g_strdup_printf (
               "%u blocks are in a zone that %s does not allow", work->last.misplaced, work->word)
                                    : NULL;
  if (refused > 0)
    return g_strdup_printf ("the guest's kernel refused %u of its memory devices, as it does where "
                            "the list of their pages, 1/64 of their size, does not fit into free "
                            "memory; what it took for that list comes back with a reboot only",
                            refused);
  if (work->last.held > 0)
    return g_strdup_printf ("%u blocks stay offline, for they were taken offline on purpose",
                            work->last.held);
  return g_strdup ("not all blocks have come yet");
}

/* Counting the devices that the kernel refused is slow, because the kernel asks the firmware about
 * each slot. It is done only if blocks are missing. */
static void
onlining_explain (const Onlining *work, JsonObject *object)
{
  gboolean complete = onlining_is_complete (work);
  guint refused = complete ? 0 : vt_memory_count_refused_devices (work->fs);
  g_autofree char *reason = onlining_reason (work, refused);

  if (!complete)
    json_object_set_int_member (object, "refused", refused);
  if (reason != NULL)
    json_object_set_string_member (object, "reason", reason);
}

static JsonNode *
onlining_to_json (const Onlining *work)
{
  const VtSweepResult *last = &work->last;
  JsonObject *object = json_object_new ();

  json_object_set_boolean_member (object, "complete", onlining_is_complete (work));
  json_object_set_int_member (object, "online", (gint64) vt_sweep_result_count_online (last));
  json_object_set_int_member (object, "offline", last->failed + last->held);
  json_object_set_int_member (object, "onlined", work->onlined);
  json_object_set_int_member (object, "failed", last->failed);
  json_object_set_int_member (object, "held", last->held);
  json_object_set_int_member (object, "misplaced", last->misplaced);
  onlining_explain (work, object);
  return to_node (object);
}

/* Chooses the argument, else the policy of the settings, else "online". FALSE: the argument does
 * not bring blocks online. */
static gboolean
read_policy (VtAgent *agent, JsonObject *arguments, char **ret_word, GError **error)
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

/* Refuses an online_movable argument if ZONE_MOVABLE would get too large. A policy of the settings
 * is not refused: the sweep falls back to the kernel's zone. @held: held blocks come online too. */
static gboolean
check_policy (VtAgent *agent, JsonObject *arguments, gboolean held, guint64 wanted, GError **error)
{
  const char *policy = NULL;
  VtMovableMemory movable;
  guint64 online;

  if (!vt_json_get_string (arguments, "policy", FALSE, &policy, error))
    return FALSE;
  if (g_strcmp0 (policy, "online_movable") != 0)
    return TRUE;
  if (!vt_movable_memory_read (agent->system.fs, held ? NULL : vt_memory_tracker_is_held,
                               agent->memory_tracker, &movable, error))
    return FALSE;

  online = movable.movable + movable.kernel;
  return vt_movable_memory_check (
      &movable, MAX (movable.offline, wanted > online ? wanted - online : 0), error);
}

static JsonNode *
run_online (VtAgent *agent, JsonObject *arguments, GError **error)
{
  const VtKernelFs *fs = agent->system.fs;
  g_autofree char *policy = vt_kernel_fs_read (fs, POLICY_PATH, NULL);
  g_autofree char *word = NULL;
  Onlining work = { .fs = fs,
                    .tracker = agent->memory_tracker,
                    .memory_events = agent->memory_events,
                    .events = agent->events };
  gint64 wanted = 0, timeout = 0;

  if (!read_policy (agent, arguments, &word, error)
      || !vt_json_get_int (arguments, "blocks", FALSE, &wanted, error)
      || !vt_json_get_int (arguments, "timeout", FALSE, &timeout, error)
      || !vt_json_get_bool (arguments, "held", FALSE, &work.held, error)
      || !vt_json_get_bool (arguments, "force", FALSE, &work.forced, error))
    return NULL;

  if (!work.forced && !check_policy (agent, arguments, work.held, (guint64) wanted, error))
    return NULL;

  work.word = word;
  work.wanted = (guint64) wanted;
  work.end = deadline_after (timeout);
  work.by_kernel = policy != NULL && g_strv_contains (online_words, policy);
  if (!onlining_run (&work, error))
    return NULL;
  if (work.held)
    vt_memory_tracker_release_all (agent->memory_tracker);
  vt_memory_tracker_save (agent->memory_tracker);
  if (work.onlined > 0)
    vt_log_event (VT_LOG_ONLINED, "memory blocks brought online: %u (%s)", work.onlined, word);
  return onlining_to_json (&work);
}

typedef struct
{
  VtMemoryTracker *tracker;
  GArray *late; /* of guint64: blocks that timed out in this call */
} OfflineProgress;

/* The block is held at once, because its uevent may come after the next sweep. */
static void
on_offline_tried (guint64 index, int fault, gpointer data)
{
  const OfflineProgress *progress = data;

  vt_memory_tracker_set_slow (progress->tracker, index, FALSE);
  if (fault == 0)
    vt_memory_tracker_hold (progress->tracker, index);
  else if (fault == -EINTR)
    g_array_append_val (progress->late, index);
}

static gboolean
offline_run (VtAgent *agent, VtOfflineRequest *request, VtOfflineResult *ret, GError **error)
{
  g_autoptr (GArray) before = vt_memory_tracker_list_slow (agent->memory_tracker);
  g_autoptr (GArray) late = g_array_new (FALSE, FALSE, sizeof (guint64));
  OfflineProgress progress = { agent->memory_tracker, late };

  request->timeout = agent->syscall_timeout;
  request->slow = before;
  request->on_tried = on_offline_tried;
  request->data = &progress;
  if (!vt_memory_offline_blocks (agent->system.fs, request, ret, error))
    return FALSE;

  for (guint i = 0; i < late->len; i++)
    vt_memory_tracker_set_slow (agent->memory_tracker, g_array_index (late, guint64, i), TRUE);
  vt_memory_tracker_save (agent->memory_tracker);
  return TRUE;
}

static JsonNode *
run_offline (VtAgent *agent, JsonObject *arguments, GError **error)
{
  gint64 blocks = 0, timeout = OFFLINE_MS;
  VtOfflineRequest request = { 0 };
  VtOfflineResult result = { 0 };
  JsonObject *object;

  if (!vt_json_get_int (arguments, "blocks", TRUE, &blocks, error)
      || !vt_json_get_bool (arguments, "movable-only", FALSE, &request.movable_only, error)
      || !vt_json_get_int (arguments, "timeout", FALSE, &timeout, error))
    return NULL;

  request.n_blocks = (guint64) blocks;
  request.end = deadline_after (timeout);
  if (!offline_run (agent, &request, &result, error))
    return NULL;

  object = json_object_new ();
  json_object_set_int_member (object, "offlined", result.offlined);
  json_object_set_int_member (object, "refused", result.refused);
  json_object_set_int_member (object, "late", result.timed_out);
  json_object_set_int_member (object, "unfinished", result.unfinished);
  return to_node (object);
}

const VtCommand vt_commands_tune_memory[] = {
  { "tune-memory-offline", run_offline },
  { "tune-memory-online", run_online },
  { "tune-memory-status", run_status },
  { NULL },
};
