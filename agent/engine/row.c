/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/engine/row.h"

static const char *const words[] = {
  [VT_RESULT_APPLIED] = "applied",
  [VT_RESULT_UNCHANGED] = "unchanged",
  [VT_RESULT_PLANNED] = "planned",
  [VT_RESULT_LEFT_ALONE] = "left-alone",
  [VT_RESULT_NOT_OFFERED] = "not-offered",
  [VT_RESULT_PENDING] = "pending",
  [VT_RESULT_FAILED] = "failed",
  [VT_RESULT_OK] = "ok",
  [VT_RESULT_DRIFT] = "drift",
  [VT_RESULT_RESTORED] = "restored",
  [VT_RESULT_CHANGED_BY_OTHERS] = "changed-by-others",
  [VT_RESULT_GONE] = "gone",
};

G_STATIC_ASSERT (G_N_ELEMENTS (words) == VT_N_RESULTS);

VtRow *
vt_row_new (const char *key, VtResult result)
{
  VtRow *row = g_new0 (VtRow, 1);

  row->key = g_strdup (key);
  row->result = result;

  return row;
}

void
vt_row_free (VtRow *row)
{
  g_free (row->key);
  g_free (row->from);
  g_free (row->to);
  g_free (row->wanted);
  g_free (row->source);
  g_free (row->reason);
  g_free (row);
}

const char *
vt_result_word (VtResult result)
{
  g_return_val_if_fail (result < VT_N_RESULTS, NULL);

  return words[result];
}
