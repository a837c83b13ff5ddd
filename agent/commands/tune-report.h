/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The engine's reports and the status in JSON, as the protocol has them. */

#include <json-glib/json-glib.h>

#include "agent/agent.h"
#include "agent/engine/engine.h"
#include "agent/kernel/memory-sweep.h"
#include "agent/worker/activity.h"

/* All (transfer full). */
/* @confirm_within: seconds; 0: the apply is not provisional. */
JsonNode *vt_tune_apply_to_json (const VtReport *report, guint confirm_within);
/* The rows alone: what a roll-back returns, and the data of the error of a failed apply. */
JsonNode *vt_tune_rows_to_json (const VtReport *report);
JsonNode *vt_tune_verify_to_json (const VtReport *report);
/* The first rows that @filter selects; "more" counts the others. */
JsonObject *vt_tune_event_to_json (const VtReport *report, gboolean (*filter) (VtResult));
/* @apply_id: of the apply that was not confirmed in time; 0: all was rolled back */
JsonObject *vt_tune_rolled_back_to_json (const VtReport *report, guint64 apply_id);
/* Of an event about memory blocks; @word: what was wanted. */
JsonObject *vt_tune_sweep_to_json (const char *word, const VtSweepResult *sweep);
JsonNode *vt_tune_profiles_to_json (const GPtrArray *infos, const VtActive *active);

/* Members of tune-status. */
JsonObject *vt_tune_active_to_json (const VtActive *active);
JsonObject *vt_tune_provisional_to_json (const VtProvisionalStatus *provisional);
JsonObject *vt_tune_changes_to_json (const VtActivitySnapshot *activity);
/* @attributes: of VtAttributeStatus */
void vt_tune_set_attributes (JsonObject *object, const GPtrArray *attributes);
JsonArray *vt_tune_devices_to_json (const GPtrArray *devices);
