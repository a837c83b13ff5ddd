/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Posts events, and logs, what the agent did without a command: at start, on
 * hot-plug, and when a provisional apply expires. The result of a command is in
 * its reply.
 *
 * Any thread.
 */

#include "agent/engine/engine.h"
#include "agent/hotplug/memory-onliner.h"
#include "agent/reporting/events.h"

/* The active settings were applied, at start or at a later attempt. @report NULL: the attempt could
 * not begin. */
void vt_announce_start (VtEvents *events, const VtReport *report);

/* Settings were applied to a device. @device: NULL: to all devices. */
void vt_announce_tuned (VtEvents *events,
                        const char *section,
                        const char *device,
                        const VtReport *report);

/* The provisional apply @id was not confirmed in time and was undone. */
void vt_announce_expired (VtEvents *events, const VtReport *report, guint64 id);

/* Reports memory blocks that came online, and memory blocks that are not in the wanted state. */
void vt_announce_sweep (VtEvents *events, const char *word, const VtSweepResult *sweep);
