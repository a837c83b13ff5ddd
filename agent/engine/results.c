/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/engine/results.h"

VtReport *
vt_report_new (void)
{
  VtReport *report = g_new0 (VtReport, 1);

  report->rows = g_ptr_array_new_with_free_func ((GDestroyNotify) vt_row_free);
  report->ignored = g_ptr_array_new_with_free_func (g_free);

  return report;
}

void
vt_report_free (VtReport *report)
{
  g_ptr_array_unref (report->rows);
  g_ptr_array_unref (report->ignored);
  g_free (report);
}

void
vt_provisional_status_free (VtProvisionalStatus *status)
{
  vt_active_unref (status->active);
  g_free (status);
}

void
vt_attribute_status_free (VtAttributeStatus *status)
{
  g_free (status->key);
  g_free (status->value);
  g_free (status->wanted);
  g_free (status->source);
  g_free (status->original);
  g_free (status->allowed);
  g_free (status);
}
