/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host-shim/verbs/status-summary.h"

#include "host-shim/size.h"
#include "host-shim/verbs/change.h"
#include "protocol/json.h"

static void
read_active (VtShape *shape, JsonObject *object, VtStatusActive *active)
{
  active->profile = vt_shape_optional_string (shape, object, "profile");
  active->transient_profile = vt_shape_optional_string (shape, object, "transient-profile");
  active->settings = vt_shape_optional_object (shape, object, "settings");
  active->transient = vt_shape_optional_object (shape, object, "transient");
  active->hints = vt_shape_optional_list (shape, object, "hints");
  for (guint i = 0; i < json_array_get_length (active->hints); i++)
    (void) vt_shape_item (shape, active->hints, i);
}

static void
read_provisional (VtShape *shape, JsonObject *root, VtStatusSummary *summary)
{
  JsonObject *provisional = vt_shape_optional_object (shape, root, "unconfirmed");

  if (provisional == NULL)
    return;
  summary->provisional_id = vt_shape_count (shape, provisional, "apply-id");
  summary->provisional_seconds = vt_shape_count (shape, provisional, "seconds-left");
  read_active (shape, provisional, &summary->provisional);
}

static void
read_memory (VtShape *shape, JsonObject *root, VtStatusSummary *summary)
{
  JsonObject *memory = vt_shape_optional_object (shape, root, "memory");

  if (memory == NULL)
    return;
  summary->block_size = vt_shape_count (shape, memory, "block-size");
  summary->online = vt_shape_count (shape, memory, "online");
  summary->offline = vt_shape_count (shape, memory, "offline");
}

static void
read_last (VtShape *shape, JsonObject *changes, VtStatusSummary *summary)
{
  JsonObject *last = vt_shape_optional_object (shape, changes, "last");

  if (last == NULL)
    return;
  summary->last_id = vt_shape_count (shape, last, "id");
  summary->last_command = vt_shape_string (shape, last, "command");
  summary->last_result = vt_shape_string (shape, last, "result");
  summary->last_desc = vt_shape_optional_string (shape, last, "desc");
}

/* A client's command or the agent's own work is running; a command may wait for that work. */
static void
read_running (VtShape *shape, JsonObject *changes, VtStatusSummary *summary)
{
  JsonObject *under_way = vt_shape_optional_object (shape, changes, "under-way");

  if (under_way == NULL)
    return;
  summary->work = vt_shape_optional_string (shape, under_way, "work");
  summary->command = vt_shape_optional_string (shape, under_way, "command");
  if (summary->work == NULL && summary->command == NULL)
    vt_shape_fault (shape, "'under-way' has neither 'work' nor 'command'");
}

void
vt_status_summary_read (VtShape *shape, JsonObject *root, VtStatusSummary *summary)
{
  JsonObject *changes = vt_shape_optional_object (shape, root, "changes");
  JsonObject *requests = vt_shape_optional_object (shape, root, "requests");

  *summary = (VtStatusSummary){ .version = vt_shape_string (shape, root, "version") };
  read_active (shape, vt_shape_object (shape, root, "active"), &summary->active);
  read_provisional (shape, root, summary);
  read_memory (shape, root, summary);
  if (changes != NULL)
    {
      read_last (shape, changes, summary);
      read_running (shape, changes, summary);
    }
  if (requests != NULL)
    summary->dropped = vt_shape_count (shape, requests, "dropped");
  summary->values = json_object_has_member (root, "attributes");
  summary->warnings = vt_shape_optional_list (shape, root, "warnings");
  for (guint i = 0; i < json_array_get_length (summary->warnings); i++)
    (void) vt_shape_item_string (shape, summary->warnings, i);
}

static void
print_profile (VtOutput *output, const char *label, const VtStatusActive *active)
{
  if (active->transient_profile == NULL)
    vt_output_line (output, "%s%s", label, active->profile != NULL ? active->profile : "none");
  else if (active->profile == NULL)
    vt_output_line (output, "%s%s, until the guest's next boot", label, active->transient_profile);
  else
    vt_output_line (output, "%s%s, overridden by %s until the guest's next boot", label,
                    active->profile, active->transient_profile);
}

static void
print_json (VtOutput *output, const char *label, JsonNode *node)
{
  g_autoptr (JsonNode) owned = node;
  g_autofree char *text = vt_json_to_string (owned);

  vt_output_line (output, "%s%s", label, text);
}

static void
print_settings (VtOutput *output, const char *label, JsonObject *settings)
{
  if (settings != NULL && json_object_get_size (settings) > 0)
    print_json (output, label, json_node_init_object (json_node_alloc (), settings));
}

static void
print_hints (VtOutput *output, const char *label, JsonArray *hints)
{
  if (json_array_get_length (hints) > 0)
    print_json (output, label, json_node_init_array (json_node_alloc (), hints));
}

static void
print_active (VtOutput *output, const VtStatusActive *active)
{
  print_profile (output, "profile   ", active);
  print_settings (output, "settings  ", active->settings);
  print_settings (output, "transient ", active->transient);
  print_hints (output, "hints     ", active->hints);
}

/* The command that confirms the provisional apply, and what becomes active then. */
static void
print_provisional (const VtRun *run, const VtStatusSummary *summary)
{
  g_autofree char *command = NULL;

  if (summary->provisional_id == 0)
    return;
  command = vt_change_confirm_line (run, summary->provisional_id);
  vt_output_line (run->output,
                  "provisional apply %" G_GINT64_FORMAT ": undone in %" G_GINT64_FORMAT
                  " s unless it is confirmed: %s",
                  summary->provisional_id, summary->provisional_seconds, command);
  print_profile (run->output, "  profile   ", &summary->provisional);
  print_settings (run->output, "  settings  ", summary->provisional.settings);
  print_settings (run->output, "  transient ", summary->provisional.transient);
  print_hints (run->output, "  hints     ", summary->provisional.hints);
}

static void
print_memory (VtOutput *output, const VtStatusSummary *summary)
{
  g_autofree char *block = vt_size_to_string ((guint64) summary->block_size);

  if (summary->block_size > 0)
    vt_output_line (
        output, "memory    %" G_GINT64_FORMAT " blocks of %s online, %" G_GINT64_FORMAT " offline",
        summary->online, block, summary->offline);
}

static void
print_running (VtOutput *output, const VtStatusSummary *summary)
{
  const char *values = summary->values ? "" : "; values are shown when it has finished";

  if (summary->work != NULL && summary->command != NULL)
    vt_output_line (output, "running   %s, the agent's own work; %s waits for it%s", summary->work,
                    summary->command, values);
  else if (summary->work != NULL)
    vt_output_line (output, "running   %s, the agent's own work%s", summary->work, values);
  else if (summary->command != NULL)
    vt_output_line (output, "running   %s%s", summary->command, values);
}

static void
print_changes (VtOutput *output, const VtStatusSummary *summary)
{
  if (summary->last_command != NULL)
    vt_output_line (output, "last      %s (%" G_GINT64_FORMAT "): %s%s%s", summary->last_command,
                    summary->last_id, summary->last_result, summary->last_desc != NULL ? ": " : "",
                    summary->last_desc != NULL ? summary->last_desc : "");
  if (summary->dropped > 0)
    vt_output_line (output,
                    "dropped   %" G_GINT64_FORMAT " requests of clients that had disconnected",
                    summary->dropped);
}

void
vt_status_summary_print (const VtRun *run, const VtStatusSummary *summary)
{
  vt_output_line (run->output, "agent     %s", summary->version);
  print_active (run->output, &summary->active);
  print_provisional (run, summary);
  print_memory (run->output, summary);
  print_running (run->output, summary);
  print_changes (run->output, summary);
  for (guint i = 0; i < json_array_get_length (summary->warnings); i++)
    vt_output_line (run->output, "warning   %s",
                    json_array_get_string_element (summary->warnings, i));
}
