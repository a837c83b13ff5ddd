/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Tells a host that listens what the agent did by itself: at start, on
 * hot-plug and at a trial's end. What a host's own command did is in its reply; how far one is
 * that takes its time is told too.
 *
 * Any thread.
 */

#include "agent/engine/engine.h"
#include "agent/hotplug/memory-onliner.h"
#include "agent/reporting/events.h"

/* The active settings were tried. @report: NULL where that could not even begin. */
void vt_announce_start (VtEvents *events, const VtReport *report);

/* A device was given what is wanted of it. @device NULL: all were looked at. */
void vt_announce_tuned (VtEvents *events,
                        const char *section,
                        const char *device,
                        const VtReport *report);

/* The apply @id was not confirmed in time, and was undone. */
void vt_announce_expired (VtEvents *events, const VtReport *report, guint64 id);

/* Memory blocks came online, by whomever; not all is as it is wanted. */
void vt_announce_sweep (VtEvents *events, const char *word, const VtSweepResult *sweep);
