/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The engine's operations, one file each. None calls another. The engine has loaded the state
 * before it calls one. Before most of them it has also undone a provisional apply whose deadline
 * has passed, and tried again what a start could not apply: begin_call() of engine.c.
 */

#include <glib.h>

#include "agent/engine/context.h"
#include "agent/engine/results.h"

/*
 * start.c: applies the active settings, each attribute by itself. @early: udev's rules may still
 * change the devices that it writes. FALSE (VT_ERROR_STATE): the originals could not be recorded;
 * the base policy alone was applied.
 */
gboolean vt_run_start (const VtContext *context, gboolean early, VtReport *report, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/*
 * apply.c: vt_engine_apply(). @now: µs of CLOCK_BOOTTIME. Fills in @report also where it fails, if
 * there was a plan.
 */
gboolean vt_run_apply (const VtContext *context,
                       const VtApplyRequest *request,
                       gint64 now,
                       VtReport *report,
                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* rollback.c: vt_engine_rollback(). */
gboolean vt_run_rollback (const VtContext *context,
                          VtReport *report,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* verify.c: vt_engine_verify(). */
gboolean vt_run_verify (const VtContext *context,
                        VtReport *report,
                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* converge.c: vt_engine_converge(). FALSE (VT_ERROR_STATE): nothing was written. */
gboolean vt_run_converge (const VtContext *context,
                          const char *section,
                          const char *device,
                          gboolean early,
                          VtReport *report,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* converge.c: drops the records of a device that has left. */
void vt_run_forget (const VtContext *context, const char *section, const char *device);

/*
 * provisional.c: at the first use of the state: a change that an earlier process left is undone,
 * unless it is a provisional apply whose deadline has not passed. Appends to @notes (of char *)
 * what could not be put back.
 */
void vt_run_resume (const VtContext *context, gint64 now, GPtrArray *notes);

/*
 * provisional.c: undoes the provisional apply if its deadline has passed. Returns: its id; 0: there
 * is none, or it has not passed. @notes: as for vt_run_resume().
 */
guint64 vt_run_expire (const VtContext *context, gint64 now, VtReport *report, GPtrArray *notes);

/* provisional.c: vt_engine_confirm(). */
gboolean
vt_run_confirm (const VtContext *context, guint64 id, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* status.c: vt_engine_status(). (transfer full) */
GPtrArray *vt_run_status (const VtContext *context);
/* status.c: appends to @warnings (of char *) which active profile cannot be loaded, and why. */
void vt_run_check_profiles (const VtContext *context, GPtrArray *warnings);
/* status.c: appends to @warnings (of char *) which hints are used for no disk, and why. */
void vt_run_check_hints (const VtContext *context, GPtrArray *warnings);
/* status.c: vt_engine_get_wanted(). (transfer full) */
char *vt_run_get_wanted (const VtContext *context, const char *key);
