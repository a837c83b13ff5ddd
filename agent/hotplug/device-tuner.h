/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Hands devices that were added, changed or removed to the engine, one at a
 * time, and logs and reports what the engine changed. While a provisional
 * apply waits to be confirmed, it defers the devices, because the apply may
 * still be undone as a whole. It receives no events itself.
 *
 * The worker's thread only.
 */

#include <glib.h>

#include "agent/engine/engine.h"
#include "agent/hotplug/pending.h"

typedef struct VtDeviceTuner VtDeviceTuner;

/* Reports what the engine did after a device was added or changed. @device NULL: all devices of the
 * section; @section NULL too: all devices. */
typedef void (*VtDeviceTunedFunc) (const char *section,
                                   const char *device,
                                   const VtReport *report,
                                   gpointer data);

/* @engine must outlive the tuner. @tuned NULL: nothing is reported. */
VtDeviceTuner *vt_device_tuner_new (VtEngine *engine, VtDeviceTunedFunc tuned, gpointer data);
void vt_device_tuner_free (VtDeviceTuner *tuner);

/* @devices: of VtPendingDevice; NULL: none. VT_PENDING_SWEEP in @flags is ignored. */
void vt_device_tuner_run (VtDeviceTuner *tuner, VtPendingFlags flags, const GPtrArray *devices);
