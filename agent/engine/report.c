/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/engine/report.h"

static VtResult
result_of_write (const VtItem *item, VtReportKind kind)
{
  if (kind == VT_REPORT_VERIFY)
    return item->restores ? VT_RESULT_LEFT_ALONE : VT_RESULT_DRIFT;
  if (item->outcome >= VT_OUTCOME_FAILED)
    return VT_RESULT_FAILED;
  if (kind == VT_REPORT_FAILED_APPLY && item->outcome == VT_OUTCOME_UNDONE)
    return VT_RESULT_RESTORED;
  if (kind == VT_REPORT_DRY_RUN || kind == VT_REPORT_FAILED_APPLY)
    return VT_RESULT_PLANNED;

  return kind == VT_REPORT_ROLLBACK ? VT_RESULT_RESTORED : VT_RESULT_APPLIED;
}

static VtResult
result_of_keep (const VtItem *item, VtReportKind kind)
{
  if (kind == VT_REPORT_VERIFY)
    return item->restores ? VT_RESULT_LEFT_ALONE : VT_RESULT_OK;

  return item->outcome >= VT_OUTCOME_FAILED ? VT_RESULT_FAILED : VT_RESULT_UNCHANGED;
}

static VtResult
result_of (const VtItem *item, VtReportKind kind)
{
  switch (item->verdict)
    {
    case VT_VERDICT_WRITE:
      return result_of_write (item, kind);
    case VT_VERDICT_KEEP:
      return result_of_keep (item, kind);
    case VT_VERDICT_OTHERS:
      return kind == VT_REPORT_ROLLBACK ? VT_RESULT_CHANGED_BY_OTHERS : VT_RESULT_LEFT_ALONE;
    case VT_VERDICT_NOT_OFFERED:
      return VT_RESULT_NOT_OFFERED;
    case VT_VERDICT_PENDING:
      return VT_RESULT_PENDING;
    case VT_VERDICT_DRIFT:
      return VT_RESULT_DRIFT;
    case VT_VERDICT_FAULT:
      return kind == VT_REPORT_VERIFY ? VT_RESULT_DRIFT : VT_RESULT_FAILED;
    case VT_VERDICT_DISTURBED:
    case VT_VERDICT_LEAVE:
    default:
      return VT_RESULT_LEFT_ALONE;
    }
}

/* Whether @item matters to the reader. */
static gboolean
is_shown (const VtItem *item, VtReportKind kind)
{
  if (kind == VT_REPORT_VERIFY && item->want == NULL)
    return item->verdict == VT_VERDICT_FAULT;
  if (item->verdict == VT_VERDICT_DISTURBED)
    return item->want != NULL;
  if (kind == VT_REPORT_ROLLBACK)
    return item->known || item->verdict != VT_VERDICT_KEEP;

  /* An original that was there already needs no row. */
  return item->want != NULL || item->verdict != VT_VERDICT_KEEP;
}

static char *
reason_of (const VtItem *item, VtReportKind kind)
{
  if (item->fault != NULL)
    return g_strdup (item->fault->message);
  if (item->verdict == VT_VERDICT_DRIFT)
    return g_strdup ("changed by others again after it was written again; left as it is");
  if (kind == VT_REPORT_ROLLBACK && item->want != NULL && item->verdict == VT_VERDICT_WRITE)
    return g_strdup ("back to the base policy");
  if (kind != VT_REPORT_ROLLBACK && item->restores && item->want == NULL)
    return g_strdup ("no longer wanted: back to the original");
  if (item->attribute != NULL && item->attribute->lasting != NULL && item->reason == NULL
      && item->verdict == VT_VERDICT_WRITE)
    return g_strdup (item->attribute->lasting);

  return g_strdup (item->reason);
}

/* The value now, or for verify the value wanted. */
static const char *
value_after (const VtItem *item, VtReportKind kind)
{
  const VtRecord *record = item->record;

  if (item->outcome == VT_OUTCOME_FAILED || item->outcome == VT_OUTCOME_UNDONE
      || item->outcome == VT_OUTCOME_REFUSED)
    return record->before;
  if (item->verdict == VT_VERDICT_WRITE || item->verdict == VT_VERDICT_KEEP
      || item->verdict == VT_VERDICT_DRIFT)
    return record->wanted;
  if (item->verdict == VT_VERDICT_DISTURBED && item->outcome == VT_OUTCOME_DONE)
    return record->wanted;

  return kind == VT_REPORT_VERIFY ? NULL : record->before;
}

static VtRow *
row_of (const VtItem *item, VtReportKind kind)
{
  VtRow *row = vt_row_new (item->record->key, result_of (item, kind));

  row->number = item->attribute != NULL && item->attribute->number;
  row->lasting = item->attribute != NULL && item->attribute->lasting != NULL;
  row->from = g_strdup (item->record->before);
  row->to = g_strdup (value_after (item, kind));
  row->reason = reason_of (item, kind);
  if (item->want != NULL)
    {
      row->wanted = g_strdup (item->want->setting->value);
      row->source = g_strdup (item->want->source);
    }

  return row;
}

void
vt_report_add_plan (VtReport *report, const VtPlan *plan, VtReportKind kind)
{
  for (guint i = 0; i < plan->items->len; i++)
    {
      const VtItem *item = g_ptr_array_index (plan->items, i);

      if (is_shown (item, kind))
        g_ptr_array_add (report->rows, row_of (item, kind));
    }

  vt_report_add_ignored (report, plan->ignored);
}

/* NULL: the change had not changed the value. (transfer full) */
static VtRow *
row_of_undone (const VtItem *item, const VtSystem *system)
{
  const VtRecord *record = item->record;
  g_autofree char *actual = NULL;
  VtRow *row;

  if (vt_attribute_equal (item->attribute, record->before, record->wanted))
    return NULL;

  actual = item->attribute->ops->read (item->attribute, system, NULL);
  row = vt_row_new (record->key, VT_RESULT_RESTORED);
  row->number = item->attribute->number;
  row->from = g_strdup (record->wanted);
  if (item->verdict == VT_VERDICT_OTHERS)
    {
      row->result = VT_RESULT_CHANGED_BY_OTHERS;
      g_free (row->from);
      row->from = g_strdup (actual);
    }
  else if (!vt_attribute_equal (item->attribute, actual, record->before))
    row->result = VT_RESULT_FAILED;
  row->to = g_steal_pointer (&actual);

  return row;
}

void
vt_report_add_undone (VtReport *report, const GPtrArray *items, const VtSystem *system)
{
  for (guint i = 0; i < items->len; i++)
    {
      VtRow *row = row_of_undone (g_ptr_array_index (items, i), system);

      if (row != NULL)
        g_ptr_array_add (report->rows, row);
    }
}

void
vt_report_add_gone (VtReport *report, const GPtrArray *records)
{
  for (guint i = 0; i < records->len; i++)
    {
      const VtRecord *record = g_ptr_array_index (records, i);
      VtRow *row = vt_row_new (record->key, VT_RESULT_GONE);

      row->reason = g_strdup ("the device was removed, or another one has its name");
      g_ptr_array_add (report->rows, row);
    }
}

void
vt_report_add_ignored (VtReport *report, const GPtrArray *ignored)
{
  for (guint i = 0; i < ignored->len; i++)
    g_ptr_array_add (report->ignored, g_strdup (g_ptr_array_index (ignored, i)));
}

void
vt_report_add_missing (VtReport *report, const VtReport *other)
{
  g_autoptr (GHashTable) keys = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < report->rows->len; i++)
    g_hash_table_add (keys, ((VtRow *) g_ptr_array_index (report->rows, i))->key);

  for (guint i = 0; i < other->rows->len; i++)
    {
      const VtRow *row = g_ptr_array_index (other->rows, i);
      VtRow *copy;

      if (g_hash_table_contains (keys, row->key))
        continue;

      copy = vt_row_new (row->key, row->result);
      copy->number = row->number;
      copy->from = g_strdup (row->from);
      copy->to = g_strdup (row->to);
      g_ptr_array_add (report->rows, copy);
    }
}
