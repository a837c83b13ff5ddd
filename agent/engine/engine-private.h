/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The engine's inside, for the files that are it: engine.c, start.c, change.c, converge.c, trial.c.
 */

#include "agent/engine/active.h"
#include "agent/engine/attempts.h"
#include "agent/engine/engine.h"
#include "agent/engine/journal.h"
#include "agent/engine/layers.h"
#include "agent/engine/plan.h"

struct VtEngine
{
  const VtSystem *system;
  const VtTunable *const *tunables;
  const VtProfileStore *profiles;
  VtSettings *base; /* may be NULL */
  char *folder;
  int folder_fd; /* that keeps other agents out; -1: not yet taken */
  char *default_profile;
  char *boot_id;
  VtJournal *journal; /* NULL: not loaded yet */
  VtAttempts *attempts;
  GPtrArray *notes; /* of char *: of what loading found; for the report of the start */
  gboolean due;     /* what is active is still to be made so */
  char *obstacle;   /* why, for people; NULL: nothing is in the way */
  VtEngineEvents events;
  gint64 (*now) (gconstpointer data);
  gconstpointer now_data;
  GMutex lock; /* of all that follows, which any thread may ask for */
  VtActive *active;
  VtActive *trial; /* what will be active if it is confirmed; NULL: nothing is on trial */
  guint64 trial_id;
  gint64 deadline;
};

/* Reads the stored state, the first time it is needed. VT_ERROR_STATE. */
gboolean vt_engine_load (VtEngine *engine, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Takes @active. */
void vt_engine_set_active (VtEngine *engine, VtActive *active);

/* µs of the clock of trials. */
gint64 vt_engine_now (const VtEngine *engine);
/* What is in force: what is on trial, else what is active. The engine's. */
const VtActive *vt_engine_get_effective (const VtEngine *engine);
/* Takes @trial; NULL: it is over. */
void vt_engine_set_trial (VtEngine *engine, VtActive *trial, guint64 id, gint64 deadline);
/* What a predecessor has begun goes on, or back. */
void vt_engine_resume (VtEngine *engine);
/* FALSE (VT_ERROR_BUSY): an apply is on trial. One whose time is over is undone here. */
gboolean vt_engine_check_idle (VtEngine *engine, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/*
 * Puts back what is on trial, and adds rows of it to @report. FALSE (VT_ERROR_STATE): it can't be
 * written down, so that a start would go on with it half undone; the trial goes on.
 */
gboolean vt_engine_cancel_trial (VtEngine *engine,
                                 VtReport *report,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* @fault kept what is active from being made so: it is tried again. */
void vt_engine_owe (VtEngine *engine, const GError *fault);
void vt_engine_owe_nothing (VtEngine *engine);
/* What the start had to leave undone, for a trial or for want of room, unless that lasts. */
void vt_engine_catch_up (VtEngine *engine);

/*
 * Carries @plan out, each attribute for itself where @lenient. @next
 * (consumed) becomes the active state with it; NULL: that stays. @seconds
 * other than 0: it is on trial for as long.
 */
gboolean vt_engine_run (VtEngine *engine,
                        VtPlan *plan,
                        gboolean lenient,
                        VtActive *next,
                        guint64 id,
                        guint seconds,
                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* What @plan writes first of a device, udev's rules may change yet. */
void vt_engine_expect_rules (VtEngine *engine, const VtPlan *plan);

/* What is looked at for one answer, and what lives as long. */
typedef struct
{
  VtAttributes *attributes;
  VtStack stack;
  VtPlanRequest question;
  VtWants *wants;
  VtWants *previous;
  VtWants *named;
  VtPlan *plan;
} VtStudy;

/* Enumerates; stack and question are the ordinary ones, for the caller to alter. */
void vt_study_init (VtStudy *study, VtEngine *engine, const char *section, const char *device);
/* Of the wants that the caller has set. */
void vt_study_plan (VtStudy *study);
void vt_study_clear (VtStudy *study);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VtStudy, vt_study_clear)
