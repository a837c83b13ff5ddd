/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Turns a plan's items, carried out or not, into the rows of a report. It
 * decides and changes nothing.
 */

#include <glib.h>

#include "agent/engine/engine.h"
#include "agent/engine/plan.h"

typedef enum
{
  VT_REPORT_APPLY,
  VT_REPORT_DRY_RUN,
  VT_REPORT_VERIFY,
  VT_REPORT_ROLLBACK,
} VtReportKind;

/* A row for each item that there is something to say of. */
void vt_report_add_plan (VtReport *report, const VtPlan *plan, VtReportKind kind);

/* Rows for records (of VtRecord) whose device has left. */
void vt_report_add_gone (VtReport *report, const GPtrArray *records);

/* Copies of those rows of @other whose keys @report has no row of. */
void vt_report_add_missing (VtReport *report, const VtReport *other);

/* Copies of strings. */
void vt_report_add_ignored (VtReport *report, const GPtrArray *ignored);
