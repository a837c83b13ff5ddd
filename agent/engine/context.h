/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What every operation of the engine works on, and the steps from what is wanted to a plan that all
 * operations share. The engine builds one context and passes it to each operation.
 */

#include <glib.h>

#include "agent/engine/drift.h"
#include "agent/engine/layers.h"
#include "agent/engine/plan.h"
#include "agent/engine/refusals.h"
#include "agent/state/state.h"

typedef struct
{
  const VtSystem *system;
  const VtTunable *const *tunables;
  const VtProfileStore *profiles;
  const VtSettings *base; /* base policy; may be NULL */
  VtState *state;
  VtDrift *drift;
  VtRefusals *refusals;
} VtContext;

/* A plan, and all that it points to. */
typedef struct
{
  VtAttributes *attributes;
  VtStack stack;
  VtPlanRequest request;
  VtWants *wants;
  VtWants *previous; /* may be NULL */
  VtWants *named;    /* may be NULL */
  VtPlan *plan;
} VtPlanning;

/*
 * Enumerates the attributes (arguments as of vt_attributes_enumerate()) and fills in stack and
 * request for the settings in force. The caller alters them where it wants something else: one that
 * writes clears the refusals, so that the values are tried again.
 */
void vt_planning_init (VtPlanning *planning,
                       const VtContext *context,
                       const char *section,
                       const char *device);
/* Makes the plan from the wants that the caller has set, in place of an earlier one. */
void vt_planning_make_plan (VtPlanning *planning);
/* udev's rules may still change the devices that the plan writes for the first time (drift.h). */
void vt_planning_await_udev (const VtPlanning *planning, const VtContext *context);
void vt_planning_clear (VtPlanning *planning);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VtPlanning, vt_planning_clear)
