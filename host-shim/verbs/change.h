/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What apply and set have in common: assignments on the command line, and
 * tune-apply with its report.
 */

#include "host-shim/verb.h"
#include "protocol/settings.h"

/* KEY=VALUE…, later ones over earlier. VT_EXIT_USAGE. */
gboolean vt_change_add_assignments (VtSettings *settings,
                                    const char *const *assignments,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Makes stay the apply of this id. Returns: (transfer full): the reply. */
JsonNode *vt_change_confirm (VtRun *run, gint64 id, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The command line that confirms it, for whoever runs it on this host. (transfer full) */
char *vt_change_confirm_line (const VtRun *run, gint64 id);

/*
 * With --confirm-within it waits to be confirmed, and with --check it is
 * where the check passes.
 * @profile and @settings may be NULL, not both.
 */
gboolean vt_change_run (VtRun *run,
                        const char *profile,
                        const VtSettings *settings,
                        VtExit *ret_exit,
                        GError **error) G_GNUC_WARN_UNUSED_RESULT;
