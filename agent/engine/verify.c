/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/engine/operations.h"

#include "agent/engine/report.h"

gboolean
vt_run_verify (const VtContext *context, VtReport *report, GError **error)
{
  g_auto (VtPlanning) planning = { NULL };
  gboolean complete;

  vt_planning_init (&planning, context, NULL, NULL);
  if (!vt_layers_check (&planning.stack, error))
    return FALSE;

  planning.wants = vt_layers_stack (&planning.stack, &complete, NULL);
  vt_planning_make_plan (&planning);
  vt_report_add_plan (report, planning.plan, VT_REPORT_VERIFY);
  return TRUE;
}
