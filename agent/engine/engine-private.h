/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The engine's inside, for the files that are it: engine.c, change.c, converge.c. */

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
  char *default_profile;
  char *boot_id;
  VtJournal *journal; /* NULL: not loaded yet */
  VtAttempts *attempts;
  GMutex lock; /* of active, which any thread may ask for */
  VtActive *active;
};

/* Reads the stored state, the first time it is needed. VT_ERROR_STATE. */
gboolean vt_engine_load (VtEngine *engine, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Takes @active. */
void vt_engine_set_active (VtEngine *engine, VtActive *active);

/*
 * Carries @plan out, each attribute for itself where @lenient. @next
 * (consumed) becomes the active state with it; NULL: that stays.
 */
gboolean vt_engine_run (VtEngine *engine,
                        VtPlan *plan,
                        gboolean lenient,
                        VtActive *next,
                        guint64 id,
                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* What is looked at for one answer, and what lives as long. */
typedef struct
{
  VtAttributes *attributes;
  VtStack stack;
  VtPlanRequest question;
  VtWants *wants;
  VtWants *previous;
  VtPlan *plan;
} VtStudy;

/* Enumerates; stack and question are the ordinary ones, for the caller to alter. */
void vt_study_init (VtStudy *study, VtEngine *engine, const char *section, const char *device);
/* Of the wants that the caller has set. */
void vt_study_plan (VtStudy *study);
void vt_study_clear (VtStudy *study);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VtStudy, vt_study_clear)
