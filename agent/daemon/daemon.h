/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Creates the agent's parts, connects them, and starts and stops them in the
 * right order.
 *
 * Main context only.
 */

#include <glib.h>

#include "agent/configuration/options.h"

typedef struct VtDaemon VtDaemon;

/* Changes nothing in the guest yet, but binds a listening socket. @options must outlive it. */
VtDaemon *vt_daemon_new (const VtOptions *options, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/*
 * Begins to apply the active settings, and accepts requests at once. READY=1 is
 * sent to the service manager when the settings were tried, but after 5 s at
 * the latest.
 */
void vt_daemon_start (VtDaemon *daemon);

/* Waits for a running command to end. */
void vt_daemon_free (VtDaemon *daemon);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtDaemon, vt_daemon_free)
