/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/engine/planner.h"

#include "protocol/error.h"

/* The callback planned() of VtQuestion. */
static const char *
get_planned (gconstpointer plan, const char *key)
{
  const VtPlanner *planner = plan;
  const VtItem *item = g_hash_table_lookup (planner->items, key);

  if (item == NULL || (item->verdict != VT_VERDICT_WRITE && item->verdict != VT_VERDICT_KEEP))
    return NULL;

  return item->record->wanted;
}

/* Whether @current is the value that the agent wrote, as far as it knows. */
static gboolean
is_value_ours (const VtPlanner *planner, const VtAttribute *attribute, const char *current)
{
  const VtRecord *record = vt_planner_find_record (planner, attribute);

  return record == NULL || vt_attribute_equal (attribute, record->wanted, current);
}

/* If somebody else has changed one member of a pair, both count as changed by others. */
static gboolean
is_ours (const VtPlanner *planner, const VtItem *item)
{
  const VtAttribute *counterpart = vt_planner_find_counterpart (planner, item->attribute);
  g_autofree char *value = NULL;

  if (!is_value_ours (planner, item->attribute, item->record->before))
    return FALSE;
  if (counterpart == NULL)
    return TRUE;

  value = counterpart->ops->read (counterpart, planner->request->system, NULL);

  return value != NULL && is_value_ours (planner, counterpart, value);
}

gboolean
vt_planner_fill_record (const VtPlanner *planner, VtItem *item, GError **error)
{
  const VtAttribute *attribute = item->attribute;
  const VtRecord *known = vt_planner_find_record (planner, attribute);
  VtRecord *record = item->record;

  record->before = attribute->ops->read (attribute, planner->request->system, error);
  if (record->before == NULL)
    return FALSE;

  item->known = known != NULL;
  record->original = g_strdup (known != NULL ? known->original : record->before);

  return TRUE;
}

static void
leave_to_others (const VtPlanner *planner, VtItem *item)
{
  const VtRecord *known = vt_planner_find_record (planner, item->attribute);

  item->verdict = VT_VERDICT_OTHERS;
  g_free (item->reason);
  item->reason = g_strdup_printf ("changed by others: it reads %s, it was set to %s here",
                                  item->record->before, known != NULL ? known->wanted : NULL);
}

static void
set_target (const VtPlanner *planner, VtItem *item, const char *value)
{
  const gboolean only_ours = item->known && (item->restores || planner->request->ours_only);

  item->record->wanted = g_strdup (value);

  if (vt_attribute_equal (item->attribute, value, item->record->before))
    item->verdict = VT_VERDICT_KEEP;
  else if (only_ours && !is_ours (planner, item))
    leave_to_others (planner, item);
  else
    item->verdict = VT_VERDICT_WRITE;
}

void
vt_planner_restore (const VtPlanner *planner, VtItem *item)
{
  item->restores = TRUE;
  set_target (planner, item, item->record->original);
}

/* A profile, and a pattern, want a value of those attributes that can have it: the others are left
 * alone. What a host names has to be possible. */
static void
reject (VtItem *item, GError *fault)
{
  g_prefix_error (&fault, "%s: ", item->record->key);
  if (vt_want_is_by_name (item->want))
    {
      item->fault = fault;
      item->verdict = VT_VERDICT_FAULT;
      return;
    }

  item->misfit = fault;
  g_free (item->reason);
  item->reason = g_strdup (fault->message);
  item->verdict = g_error_matches (fault, VT_ERROR, VT_ERROR_REFUSED) ? VT_VERDICT_LEAVE
                                                                      : VT_VERDICT_NOT_OFFERED;
}

/* The member of a pair that is not in force reads 0. Only the other member's value can make it so.
 */
static gboolean
check_zero (const VtPlanner *planner, const VtItem *item, GError **error)
{
  const VtAttribute *counterpart = vt_planner_find_counterpart (planner, item->attribute);
  g_autofree char *value = NULL;

  if (counterpart == NULL || item->verdict != VT_VERDICT_KEEP
      || !g_str_equal (item->record->wanted, "0"))
    return TRUE;

  value = counterpart->ops->read (counterpart, planner->request->system, NULL);
  if (g_strcmp0 (value, "0") == 0)
    return TRUE;

  return vt_error_set (error, VT_ERROR_NOT_OFFERED,
                       "0 only says that %s=%s is in force; ask for another value, or for null",
                       counterpart->key, value);
}

/* A device that has just refused this value, which nobody named for it, keeps the value that it
 * has. */
static void
leave_refused (const VtPlanner *planner, VtItem *item)
{
  const char *reason = NULL;

  if (item->verdict == VT_VERDICT_WRITE && vt_want_may_be_refused (item->want))
    reason = vt_refusals_get (planner->request->refusals, item->attribute, item->record->wanted);
  if (reason == NULL)
    return;

  item->verdict = VT_VERDICT_LEAVE;
  item->refused = TRUE;
  g_free (item->reason);
  item->reason = g_strdup (reason);
  g_clear_pointer (&item->record->wanted, g_free);
}

/* The operator's own files win over a profile, a host's setting wins over both. */
static gboolean
is_claimed (const VtItem *item)
{
  return item->attribute->claimed_by != NULL && (item->want->flags & VT_WANT_BY_HOST) == 0;
}

void
vt_planner_decide (const VtPlanner *planner, VtItem *item)
{
  g_auto (VtDecision) decision = { NULL, NULL };
  GError *fault = NULL;
  VtQuestion question = {
    .system = planner->request->system,
    .forced = (item->want->flags & VT_WANT_FORCED) != 0,
    .hints = planner->request->hints,
    .planned = get_planned,
    .plan = planner,
  };

  if (!vt_planner_fill_record (planner, item, &fault))
    {
      reject (item, fault);
      return;
    }

  if (is_claimed (item))
    {
      item->verdict = VT_VERDICT_LEAVE;
      item->reason = g_strdup_printf ("%s sets it: the profile leaves it alone",
                                      item->attribute->claimed_by);
      return;
    }

  question.current = item->record->before;
  if (!item->attribute->ops->decide (item->attribute, &question, item->want->setting->value,
                                     &decision, &fault))
    {
      reject (item, fault);
      return;
    }

  item->reason = g_steal_pointer (&decision.reason);
  if (decision.value != NULL)
    set_target (planner, item, decision.value);
  else
    item->verdict = VT_VERDICT_LEAVE;

  if (!check_zero (planner, item, &fault))
    reject (item, fault);
  leave_refused (planner, item);
}
