/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Shared by the files that make a plan: plan.c, plan-verdict.c, plan-disturbed.c, plan-absent.c,
 * planner.c. */

#include "agent/engine/plan.h"
#include "agent/engine/precedence.h"

typedef struct
{
  const VtPlanRequest *request;
  VtPlan *plan;
  const VtPrecedence *precedence;
  const VtPrecedence *previous; /* NULL: there is no earlier plan to compare with */
  GHashTable *items;            /* key → VtItem */
  GHashTable *disturbers;       /* key → GPtrArray of VtAttribute whose writes may change it */
} VtPlanner;

/* planner.c: the record of the very device that is there; NULL: none. */
const VtRecord *vt_planner_find_record (const VtPlanner *planner, const VtAttribute *attribute);
/* planner.c: NULL: it has none, or it is not there. */
const VtAttribute *vt_planner_find_counterpart (const VtPlanner *planner,
                                                const VtAttribute *attribute);

/* plan-verdict.c: fills in the value that is there and the original. */
gboolean vt_planner_fill_record (const VtPlanner *planner,
                                 VtItem *item,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* plan-verdict.c: whether and how @item, of which the record is filled, goes back to its original.
 */
void vt_planner_restore (const VtPlanner *planner, VtItem *item);
/* plan-verdict.c: what is to be done for @item to be as it is wanted. */
void vt_planner_decide (const VtPlanner *planner, VtItem *item);

/* plan-disturbed.c: for VtPlanner.disturbers. Keeps pointers into @attributes. (transfer full) */
GHashTable *vt_planner_collect_disturbers (const VtAttributes *attributes);
/* plan-disturbed.c: whether a write of this plan may change @attribute as a side effect. */
gboolean vt_planner_is_disturbed (const VtPlanner *planner, const VtAttribute *attribute);
/*
 * plan-disturbed.c: an attribute that disturbs @attribute, is changed, and stays so; NULL: none.
 * The originals of both belong together, so they are restored together.
 */
const VtAttribute *vt_planner_find_holder (const VtPlanner *planner, const VtAttribute *attribute);

/* plan-absent.c: adds items for wanted attributes that are not there. */
void vt_planner_add_absent (VtPlan *plan, const VtPlanRequest *request);
