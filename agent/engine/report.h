/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Makes rows of a report from the items of a plan, carried out or not. It decides and changes
 * nothing.
 */

#include <glib.h>

#include "agent/engine/plan.h"
#include "agent/engine/results.h"

typedef enum
{
  VT_REPORT_APPLY,
  VT_REPORT_FAILED_APPLY, /* nothing has changed: what failed, what was put back, what would be */
  VT_REPORT_DRY_RUN,
  VT_REPORT_VERIFY,
  VT_REPORT_ROLLBACK,
} VtReportKind;

/* A row for each item that matters to the reader of a report of that kind. */
void vt_report_add_plan (VtReport *report, const VtPlan *plan, VtReportKind kind);

/* A row for each item (of VtItem) of a change that was undone, and whose value it had changed. */
void vt_report_add_undone (VtReport *report, const GPtrArray *items, const VtSystem *system);

/* Rows for records (of VtRecord) whose device was removed. */
void vt_report_add_gone (VtReport *report, const GPtrArray *records);

/* Copies of those rows of @other whose keys @report has no row of. */
void vt_report_add_missing (VtReport *report, const VtReport *other);

/* Copies of strings. */
void vt_report_add_ignored (VtReport *report, const GPtrArray *ignored);
