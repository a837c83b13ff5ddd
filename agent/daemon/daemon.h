/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The agent's parts, put together: who is made of what, started and ended in
 * which order. It does nothing else.
 *
 * Main context only.
 */

#include <glib.h>

#include "agent/configuration/options.h"

typedef struct VtDaemon VtDaemon;

/* Nothing is touched yet; a listening socket is bound. @options must outlive it. */
VtDaemon *vt_daemon_new (const VtOptions *options, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/*
 * Puts the active settings in force and takes requests at once. The service
 * manager hears READY=1 when the settings were tried, after 5 s in any case.
 */
void vt_daemon_start (VtDaemon *daemon);

/* What is under way ends first. */
void vt_daemon_free (VtDaemon *daemon);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtDaemon, vt_daemon_free)
