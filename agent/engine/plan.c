/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/engine/plan.h"

#include "agent/engine/misfits.h"
#include "agent/engine/planner.h"
#include "protocol/error.h"

#define MAX_FAULTS_TOLD 32

static void
add_item (VtPlanner *planner, VtItem *item)
{
  g_ptr_array_add (planner->plan->items, item);
  g_hash_table_replace (planner->items, item->record->key, item);
}

static gboolean
is_fresh (const VtWant *want)
{
  return want != NULL && (want->flags & VT_WANT_FRESH) != 0;
}

/* Whether the request under way makes a difference to what is wanted of @attribute. */
static gboolean
differs_from_previous (const VtPlanner *planner, const VtAttribute *attribute)
{
  const VtPrecedence *now = planner->precedence;
  const VtPrecedence *before = planner->previous;

  return is_fresh (vt_precedence_get (now, attribute))
         || is_fresh (vt_precedence_get_hidden (now, attribute))
         || vt_wants_name (planner->request->named, attribute)
         || !vt_want_equal (vt_precedence_get (now, attribute),
                            vt_precedence_get (before, attribute))
         || (vt_precedence_get_fault (now, attribute) != NULL
             && vt_precedence_get_fault (before, attribute) == NULL);
}

static gboolean
is_asked (const VtPlanner *planner, const VtAttribute *attribute)
{
  const VtWant *want = vt_precedence_get (planner->precedence, attribute);

  switch (planner->request->scope)
    {
    case VT_SCOPE_AUTOMATIC:
      return want != NULL && (vt_want_is_automatic (want) || attribute->reset_by_hotplug);
    case VT_SCOPE_CHANGED:
      return differs_from_previous (planner, attribute);
    case VT_SCOPE_ALL:
    default:
      return TRUE;
    }
}

static gboolean
is_wanted (const VtPlanner *planner, const VtAttribute *attribute)
{
  return vt_precedence_get (planner->precedence, attribute) != NULL;
}

/* Whether its setting leaves the attribute as it is, or the attribute cannot have the value. */
static gboolean
is_left (const VtItem *item)
{
  return item->verdict == VT_VERDICT_LEAVE || item->verdict == VT_VERDICT_NOT_OFFERED;
}

/* Reads @attribute after the write that may change it, so that both can be restored together. */
static void
read_after (VtPlanner *planner, const VtAttribute *attribute)
{
  VtItem *item = g_hash_table_lookup (planner->items, attribute->key);

  if (item != NULL)
    {
      if (is_left (item) && item->record->before != NULL)
        item->verdict = VT_VERDICT_DISTURBED;
      return;
    }

  item = vt_item_new (attribute, NULL, NULL, VT_VERDICT_DISTURBED);
  if (vt_planner_fill_record (planner, item, NULL))
    add_item (planner, item);
  else
    vt_item_free (item);
}

static void
plan_wanted (VtPlanner *planner, const VtAttribute *attribute, const VtWant *want)
{
  const gboolean asked = is_asked (planner, attribute);
  const gboolean disturbed = vt_planner_is_disturbed (planner, attribute);
  g_autoptr (VtItem) item = NULL;

  if (!asked && !disturbed)
    return;

  item = vt_item_new (attribute, NULL, want, VT_VERDICT_LEAVE);
  item->disturbed = disturbed;
  vt_planner_decide (planner, item);
  if (item->reason == NULL && !is_fresh (want)
      && vt_wants_name (planner->request->named, attribute))
    item->reason = g_strdup_printf ("in force by: %s", want->source);

  if (!asked && item->verdict != VT_VERDICT_WRITE && item->verdict != VT_VERDICT_KEEP)
    {
      read_after (planner, attribute);
      return;
    }

  if (is_left (item) && item->known && !item->refused
      && vt_planner_find_holder (planner, attribute) == NULL)
    vt_planner_restore (planner, item);

  add_item (planner, g_steal_pointer (&item));
  if (disturbed)
    read_after (planner, attribute);
}

/* Two settings of the same rank contradict each other. */
static void
plan_fault (VtPlanner *planner, const VtAttribute *attribute, const GError *fault)
{
  VtItem *item;

  if (!is_asked (planner, attribute))
    return;

  item = vt_item_new (attribute, NULL, NULL, VT_VERDICT_FAULT);
  item->fault = g_error_copy (fault);
  add_item (planner, item);
}

static void
plan_hidden (VtPlanner *planner, const VtAttribute *attribute, const VtWant *want)
{
  VtItem *item;

  if (!is_asked (planner, attribute)
      || !is_wanted (planner, vt_planner_find_counterpart (planner, attribute)))
    return;

  item = vt_item_new (attribute, NULL, want, VT_VERDICT_LEAVE);
  item->reason = g_strdup_printf ("%s is in force instead", attribute->counterpart);
  if (!vt_planner_fill_record (planner, item, &item->fault))
    item->verdict = VT_VERDICT_FAULT;
  add_item (planner, item);
}

/* No setting wants it any more, but its original is restored only with the other attribute's. */
static void
plan_held (VtPlanner *planner, const VtAttribute *attribute)
{
  VtItem *item;

  if (vt_planner_is_disturbed (planner, attribute))
    read_after (planner, attribute);
  else if (planner->request->scope == VT_SCOPE_CHANGED
           && differs_from_previous (planner, attribute))
    {
      item = vt_item_new (attribute, NULL, NULL, VT_VERDICT_LEAVE);
      item->reason = g_strdup_printf ("goes back to its original with %s",
                                      vt_planner_find_holder (planner, attribute)->key);
      add_item (planner, item);
    }
}

/* The agent has not changed @attribute. If a write of this plan does, it gets its value back. */
static void
plan_unchanged (VtPlanner *planner, const VtAttribute *attribute)
{
  g_autoptr (VtItem) item = NULL;

  if (attribute->device != NULL || !vt_planner_is_disturbed (planner, attribute))
    return;

  item = vt_item_new (attribute, NULL, NULL, VT_VERDICT_KEEP);
  item->disturbed = TRUE;
  if (!vt_planner_fill_record (planner, item, NULL))
    return;

  vt_planner_restore (planner, item);
  add_item (planner, g_steal_pointer (&item));
}

static void
plan_original (VtPlanner *planner, const VtAttribute *attribute)
{
  g_autoptr (VtItem) item = NULL;

  if (!planner->request->restore
      || (planner->request->incomplete && !differs_from_previous (planner, attribute)))
    return;
  if (vt_planner_find_record (planner, attribute) == NULL)
    {
      plan_unchanged (planner, attribute);
      return;
    }

  item = vt_item_new (attribute, NULL, NULL, VT_VERDICT_FAULT);
  item->disturbed = vt_planner_is_disturbed (planner, attribute);
  if (vt_planner_fill_record (planner, item, &item->fault))
    vt_planner_restore (planner, item);

  add_item (planner, g_steal_pointer (&item));
}

/* Whether the request takes away the setting of @attribute, and the attribute's original does not
 * belong to that of the attribute that disturbs it, as it does among the attributes of a device. */
static gboolean
was_wanted (const VtPlanner *planner, const VtAttribute *attribute)
{
  return attribute->device == NULL && planner->previous != NULL
         && vt_precedence_get (planner->previous, attribute) != NULL;
}

static void
plan_attribute (VtPlanner *planner, const VtAttribute *attribute)
{
  const VtWant *want = vt_precedence_get (planner->precedence, attribute);
  const VtWant *hidden = vt_precedence_get_hidden (planner->precedence, attribute);
  const GError *fault = vt_precedence_get_fault (planner->precedence, attribute);

  if (fault != NULL)
    plan_fault (planner, attribute, fault);
  else if (hidden != NULL)
    plan_hidden (planner, attribute, hidden);
  else if (want != NULL)
    plan_wanted (planner, attribute, want);
  else if (is_wanted (planner, vt_planner_find_counterpart (planner, attribute)))
    return; /* it is 0 while that is in force */
  else if (vt_planner_find_holder (planner, attribute) != NULL && !was_wanted (planner, attribute))
    plan_held (planner, attribute);
  else
    plan_original (planner, attribute);
}

/* Whether the value has changed since the record of @counterpart was made. */
static gboolean
is_outdated (const VtPlanner *planner, const VtAttribute *counterpart)
{
  const VtRecord *record = vt_planner_find_record (planner, counterpart);
  g_autofree char *value = NULL;

  if (record == NULL)
    return FALSE;

  value = counterpart->ops->read (counterpart, planner->request->system, NULL);
  return value != NULL && !vt_attribute_equal (counterpart, value, record->wanted);
}

/* Writing one member of a pair zeroes the other. */
static void
read_counterparts_after (VtPlanner *planner)
{
  const GPtrArray *items = planner->plan->items;
  const guint n = items->len;

  for (guint i = 0; i < n; i++)
    {
      const VtItem *item = g_ptr_array_index (items, i);
      const VtAttribute *counterpart;

      if (item->attribute == NULL)
        continue;

      counterpart = vt_planner_find_counterpart (planner, item->attribute);
      if (counterpart != NULL
          && (item->verdict == VT_VERDICT_WRITE
              || (item->verdict == VT_VERDICT_KEEP && item->want != NULL
                  && is_outdated (planner, counterpart))))
        read_after (planner, counterpart);
    }
}

VtPlan *
vt_plan_new (const VtPlanRequest *request)
{
  VtPlan *plan = g_new0 (VtPlan, 1);
  g_autoptr (GHashTable) items = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GHashTable) disturbers = vt_planner_collect_disturbers (request->attributes);
  g_autoptr (VtPrecedence) precedence = vt_precedence_new (request->attributes, request->wants);
  g_autoptr (VtPrecedence) previous
      = request->previous != NULL ? vt_precedence_new (request->attributes, request->previous)
                                  : NULL;
  VtPlanner planner = { request, plan, precedence, previous, items, disturbers };

  plan->items = g_ptr_array_new_with_free_func ((GDestroyNotify) vt_item_free);
  plan->ignored = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < request->attributes->list->len; i++)
    plan_attribute (&planner, g_ptr_array_index (request->attributes->list, i));
  read_counterparts_after (&planner);
  vt_misfits_refuse (plan->items);
  if (!request->partial)
    vt_planner_add_absent (plan, request);

  g_ptr_array_sort (plan->items, vt_item_compare);

  return plan;
}

void
vt_plan_free (VtPlan *plan)
{
  g_ptr_array_unref (plan->items);
  g_ptr_array_unref (plan->ignored);
  g_free (plan);
}

gboolean
vt_plan_check (const VtPlan *plan, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  const GError *first = NULL;
  guint count = 0;

  for (guint i = 0; i < plan->items->len; i++)
    {
      const VtItem *item = g_ptr_array_index (plan->items, i);

      if (item->verdict != VT_VERDICT_FAULT)
        continue;

      if (first == NULL)
        first = item->fault;
      if (++count <= MAX_FAULTS_TOLD)
        g_string_append_printf (text, "%s%s", count > 1 ? "; " : "", item->fault->message);
    }

  if (first == NULL)
    return TRUE;
  if (count > MAX_FAULTS_TOLD)
    g_string_append_printf (text, "; and %u more", count - MAX_FAULTS_TOLD);

  return vt_error_set (error,
                       first->domain == VT_ERROR ? (VtErrorCode) first->code : VT_ERROR_GENERIC,
                       "%s", text->str);
}
