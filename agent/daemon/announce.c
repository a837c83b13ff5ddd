/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/daemon/announce.h"

#include "agent/commands/tune-report.h"
#include "agent/reporting/log.h"

static gboolean
is_applied (VtResult result)
{
  return result == VT_RESULT_APPLIED;
}

static gboolean
is_failed (VtResult result)
{
  return result == VT_RESULT_FAILED;
}

/* The value could not be written, or another program changed it again. */
static gboolean
is_drift (VtResult result)
{
  return result == VT_RESULT_FAILED || result == VT_RESULT_DRIFT;
}

static guint
count (const VtReport *report, gboolean (*filter) (VtResult))
{
  guint n = 0;

  for (guint i = 0; i < report->rows->len; i++)
    n += filter (((const VtRow *) g_ptr_array_index (report->rows, i))->result);

  return n;
}

/* @data: (transfer full) */
static void
post (VtEvents *events, const char *name, JsonObject *data)
{
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);

  json_node_take_object (node, data);
  vt_events_post (events, name, node);
}

/* Posts the rows that @filter selects, with the device if there is one. Posts nothing if there are
 * no such rows. */
static void
post_rows (VtEvents *events,
           const char *name,
           const char *section,
           const char *device,
           const VtReport *report,
           gboolean (*filter) (VtResult))
{
  JsonObject *data;

  if (count (report, filter) == 0)
    return;

  data = vt_tune_event_to_json (report, filter);
  if (section != NULL && device != NULL)
    {
      json_object_set_string_member (data, "section", section);
      json_object_set_string_member (data, "device", device);
    }
  post (events, name, data);
}

static void
log_start (const VtReport *report)
{
  for (guint i = 0; i < report->ignored->len; i++)
    g_warning ("%s", (const char *) g_ptr_array_index (report->ignored, i));
  for (guint i = 0; i < report->rows->len; i++)
    {
      const VtRow *row = g_ptr_array_index (report->rows, i);

      if (row->result == VT_RESULT_FAILED)
        vt_log_event (VT_LOG_DRIFT, "%s: %s", row->key,
                      row->reason != NULL ? row->reason : "failed");
    }

  vt_log_event (VT_LOG_READY, "active settings: %u attributes wanted, %u changed, %u failed",
                report->rows->len, count (report, is_applied), count (report, is_failed));
}

void
vt_announce_start (VtEvents *events, const VtReport *report)
{
  JsonObject *data;

  if (report != NULL)
    log_start (report);

  if (!vt_events_have_listener (events))
    return;

  if (report != NULL)
    post_rows (events, "TUNE_DRIFT", NULL, NULL, report, is_drift);
  data = json_object_new ();
  if (report != NULL)
    {
      json_object_set_int_member (data, "applied", count (report, is_applied));
      json_object_set_int_member (data, "failed", count (report, is_drift));
    }
  post (events, "TUNE_READY", data);
}

void
vt_announce_tuned (VtEvents *events,
                   const char *section,
                   const char *device,
                   const VtReport *report)
{
  if (!vt_events_have_listener (events))
    return;

  post_rows (events, "TUNE_DEVICE_TUNED", section, device, report, is_applied);
  post_rows (events, "TUNE_DRIFT", section, device, report, is_drift);
}

void
vt_announce_expired (VtEvents *events, const VtReport *report, guint64 id)
{
  if (vt_events_have_listener (events))
    post (events, "TUNE_ROLLED_BACK", vt_tune_rolled_back_to_json (report, id));
}

void
vt_announce_sweep (VtEvents *events, const char *word, const VtSweepResult *sweep)
{
  g_autofree char *fault = vt_sweep_result_describe_problem (sweep, word);

  if (!vt_events_have_listener (events))
    return;

  if (sweep->onlined > 0 || sweep->newly_plugged > 0)
    post (events, "TUNE_MEMORY_ONLINED", vt_tune_sweep_to_json (word, sweep));
  if (fault != NULL)
    post (events, "TUNE_DRIFT", vt_tune_sweep_to_json (word, sweep));
}
