/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * How often a device's values were written again after others had changed them. udev's rules may
 * change what the agent wrote on the kernel's event; that is put right once. A further change is
 * somebody's decision: it is reported as drift, and left. In memory only.
 */

#include <glib.h>

typedef struct VtDrift VtDrift;

VtDrift *vt_drift_new (void);
void vt_drift_free (VtDrift *drift);

/*
 * The device with @identity is written for the first time, before udev's rules have run for it.
 * Does nothing if its values were written again already.
 */
void
vt_drift_await_udev (VtDrift *drift, const char *section, const char *device, const char *identity);

/* udev's rules have run. @device NULL: for all devices of the section. */
void vt_drift_udev_done (VtDrift *drift, const char *section, const char *device);

/*
 * Counts one more attempt to write the device's values again. FALSE: there was one before; the
 * change is drift. *@ret_by_udev: udev's rules made the change, so it shows what the device would
 * have without the agent.
 */
gboolean vt_drift_may_reapply (VtDrift *drift,
                               const char *section,
                               const char *device,
                               const char *identity,
                               gboolean *ret_by_udev);

/* The device was removed. */
void vt_drift_forget (VtDrift *drift, const char *section, const char *device);
/* Other settings are active: all devices may be written again. */
void vt_drift_reset (VtDrift *drift);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtDrift, vt_drift_free)
