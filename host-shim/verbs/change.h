/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The common part of apply and set: it reads KEY=VALUE arguments, sends
 * tune-apply and reports the result.
 */

#include "host-shim/verb.h"
#include "protocol/settings.h"

/* Adds KEY=VALUE… to @settings. If a key occurs twice, the last value counts. VT_EXIT_USAGE: an
 * argument is malformed. */
gboolean vt_change_add_assignments (VtSettings *settings,
                                    const char *const *assignments,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Confirms the provisional apply @id. Returns: (transfer full): the reply. */
JsonNode *vt_change_confirm (VtRun *run, gint64 id, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Returns: (transfer full): the command line that confirms the apply @id from this host */
char *vt_change_confirm_line (const VtRun *run, gint64 id);

/*
 * Sends tune-apply and reports the result. With --confirm-within the apply is
 * provisional. With --check it is confirmed if the check passes.
 * @profile or @settings may be NULL, but not both.
 */
gboolean vt_change_run (VtRun *run,
                        const char *profile,
                        const VtSettings *settings,
                        VtExit *ret_exit,
                        GError **error) G_GNUC_WARN_UNUSED_RESULT;
