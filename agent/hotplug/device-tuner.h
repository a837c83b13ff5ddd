/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Devices that came, changed or left, handed to the engine one by one, and
 * what it did to them logged and told. While an apply is on trial, which may
 * go back as a whole, they are kept until it is over. It hears no event.
 *
 * The worker's thread only.
 */

#include <glib.h>

#include "agent/engine/engine.h"
#include "agent/hotplug/pending.h"

typedef struct VtDeviceTuner VtDeviceTuner;

/* Tells of what a device's coming, or a change around it, led to. @device NULL: all. */
typedef void (*VtTunedFunc) (const char *section,
                             const char *device,
                             const VtReport *report,
                             gpointer data);

/* @tuned NULL: nobody is told. */
VtDeviceTuner *vt_device_tuner_new (VtEngine *engine, VtTunedFunc tuned, gpointer data);
void vt_device_tuner_free (VtDeviceTuner *tuner);

/* @devices: of VtPendingDevice; NULL: none. Of @flags, sweeps are not for here. */
void vt_device_tuner_run (VtDeviceTuner *tuner, VtPendingFlags flags, const GPtrArray *devices);
