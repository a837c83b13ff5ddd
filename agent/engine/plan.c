/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/engine/plan.h"

#include "protocol/error.h"

#define MAX_FAULTS_TOLD 32

typedef struct
{
  const VtPlanRequest *request;
  VtPlan *plan;
  GHashTable *winners;    /* VtAttribute → VtWant that has the word on it */
  GHashTable *hidden;     /* set of VtAttribute whose want gives way to its counterpart's */
  GHashTable *items;      /* key → VtItem */
  GHashTable *disturbers; /* key → VtAttribute whose write may change it */
} Planner;

VtItem *
vt_item_new (const VtAttribute *attribute, const char *key, const VtWant *want, VtVerdict verdict)
{
  VtItem *item = g_new0 (VtItem, 1);

  item->attribute = attribute;
  item->want = want;
  item->verdict = verdict;
  item->record = vt_record_new (attribute != NULL ? attribute->key : key,
                                attribute != NULL ? attribute->identity : NULL, NULL, NULL, NULL);

  return item;
}

void
vt_item_free (VtItem *item)
{
  vt_record_free (item->record);
  g_free (item->reason);
  g_clear_error (&item->fault);
  g_free (item);
}

gboolean
vt_item_is_entry (const VtItem *item)
{
  return item->attribute != NULL
         && (item->verdict == VT_VERDICT_WRITE || item->verdict == VT_VERDICT_DISTURBED
             || (item->verdict == VT_VERDICT_KEEP && item->shaken));
}

static void
add_item (Planner *planner, VtItem *item)
{
  g_ptr_array_add (planner->plan->items, item);
  g_hash_table_replace (planner->items, item->record->key, item);
}

static void
add_fault (Planner *planner, const VtAttribute *attribute, const VtWant *want, GError *fault)
{
  VtItem *item = vt_item_new (attribute, NULL, want, VT_VERDICT_FAULT);

  item->fault = fault;
  add_item (planner, item);
}

/* The journal's record of the very device that is there; NULL: none. */
static const VtRecord *
find_record (const Planner *planner, const VtAttribute *attribute)
{
  const VtRecord *record = g_hash_table_lookup (planner->request->records, attribute->key);

  if (record == NULL || !g_str_equal (record->identity, vt_attribute_identity (attribute)))
    return NULL;

  return record;
}

static const VtAttribute *
find_counterpart (const Planner *planner, const VtAttribute *attribute)
{
  if (attribute->counterpart == NULL)
    return NULL;

  return vt_attributes_get (planner->request->attributes, attribute->counterpart);
}

/* VtQuestion's planned(). */
static const char *
get_planned (gconstpointer plan, const char *key)
{
  const Planner *planner = plan;
  const VtItem *item = g_hash_table_lookup (planner->items, key);

  if (item == NULL || (item->verdict != VT_VERDICT_WRITE && item->verdict != VT_VERDICT_KEEP))
    return NULL;

  return item->record->wanted;
}

static gboolean
differs_from_previous (const Planner *planner, const VtAttribute *attribute)
{
  const VtWant *now = NULL;
  const VtWant *before = NULL;
  gboolean clear = vt_wants_find (planner->request->wants, attribute, &now, NULL);
  gboolean was_clear = vt_wants_find (planner->request->previous, attribute, &before, NULL);

  if (!clear || !was_clear)
    return clear != was_clear;

  return (now != NULL && (now->flags & VT_WANT_FRESH) != 0) || !vt_want_equal (now, before);
}

static gboolean
is_asked (const Planner *planner, const VtAttribute *attribute, const VtWant *want)
{
  const VtAttribute *counterpart = find_counterpart (planner, attribute);

  switch (planner->request->scope)
    {
    case VT_SCOPE_AUTOMATIC:
      return want != NULL && vt_want_is_automatic (want);
    case VT_SCOPE_CHANGED:
      return differs_from_previous (planner, attribute)
             || (counterpart != NULL && differs_from_previous (planner, counterpart));
    case VT_SCOPE_ALL:
    default:
      return TRUE;
    }
}

/* Who has the word on each attribute. */
static void
resolve_wants (Planner *planner)
{
  const GPtrArray *list = planner->request->attributes->list;

  for (guint i = 0; i < list->len; i++)
    {
      const VtAttribute *attribute = g_ptr_array_index (list, i);
      const VtWant *want = NULL;
      GError *fault = NULL;

      if (!vt_wants_find (planner->request->wants, attribute, &want, &fault))
        {
          if (is_asked (planner, attribute, NULL))
            add_fault (planner, attribute, NULL, g_steal_pointer (&fault));
          g_clear_error (&fault);
          g_hash_table_add (planner->hidden, (gpointer) attribute);
        }
      else if (want != NULL)
        g_hash_table_insert (planner->winners, (gpointer) attribute, (gpointer) want);
    }
}

/* Of two that exclude each other only one can be had: the higher layer's. */
static void
resolve_pair (Planner *planner, const VtAttribute *one, const VtAttribute *other)
{
  const VtWant *first = g_hash_table_lookup (planner->winners, one);
  const VtWant *second = g_hash_table_lookup (planner->winners, other);
  GError *fault = NULL;

  if (first == NULL || second == NULL)
    return;

  if (first->layer != second->layer)
    {
      const VtAttribute *loser = first->layer < second->layer ? one : other;

      g_hash_table_add (planner->hidden, (gpointer) loser);
      return;
    }

  g_hash_table_add (planner->hidden, (gpointer) one);
  g_hash_table_add (planner->hidden, (gpointer) other);
  vt_error_set (&fault, VT_ERROR_INVALID_ARGUMENT,
                "%s and %s: the kernel has one or the other in force; set one of them to null",
                one->key, other->key);
  if (is_asked (planner, one, first))
    add_fault (planner, one, first, g_steal_pointer (&fault));
  g_clear_error (&fault);
}

static void
resolve_pairs (Planner *planner)
{
  const GPtrArray *list = planner->request->attributes->list;

  for (guint i = 0; i < list->len; i++)
    {
      const VtAttribute *attribute = g_ptr_array_index (list, i);
      const VtAttribute *counterpart = find_counterpart (planner, attribute);

      if (counterpart != NULL && strcmp (attribute->key, counterpart->key) < 0)
        resolve_pair (planner, attribute, counterpart);
    }
}

static gboolean
is_wanted (const Planner *planner, const VtAttribute *attribute)
{
  return attribute != NULL && g_hash_table_contains (planner->winners, attribute)
         && !g_hash_table_contains (planner->hidden, attribute);
}

/* Whether @current is what we made it, by all that is known. */
static gboolean
is_value_ours (const Planner *planner, const VtAttribute *attribute, const char *current)
{
  const VtRecord *record = find_record (planner, attribute);

  return record == NULL || vt_attribute_equal (attribute, record->wanted, current);
}

/* A pair is one thing: where either member is somebody else's, so is the other. */
static gboolean
is_ours (const Planner *planner, const VtItem *item)
{
  const VtAttribute *counterpart = find_counterpart (planner, item->attribute);
  g_autofree char *value = NULL;

  if (!is_value_ours (planner, item->attribute, item->record->before))
    return FALSE;
  if (counterpart == NULL)
    return TRUE;

  value = counterpart->ops->read (counterpart, planner->request->system, NULL);

  return value != NULL && is_value_ours (planner, counterpart, value);
}

/* Reads what is there and recalls what was there first. */
static gboolean
fill_record (const Planner *planner, VtItem *item, GError **error)
{
  const VtAttribute *attribute = item->attribute;
  const VtRecord *known = find_record (planner, attribute);
  VtRecord *record = item->record;

  record->before = attribute->ops->read (attribute, planner->request->system, error);
  if (record->before == NULL)
    return FALSE;

  item->known = known != NULL;
  record->original = g_strdup (known != NULL ? known->original : record->before);

  return TRUE;
}

static void
leave_to_others (const Planner *planner, VtItem *item)
{
  const VtRecord *known = find_record (planner, item->attribute);

  item->verdict = VT_VERDICT_OTHERS;
  g_free (item->reason);
  item->reason = g_strdup_printf ("changed by others: it reads %s, it was set to %s here",
                                  item->record->before, known != NULL ? known->wanted : NULL);
}

static void
set_target (const Planner *planner, VtItem *item, const char *value)
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

static void
set_original (const Planner *planner, VtItem *item)
{
  item->restores = TRUE;
  set_target (planner, item, item->record->original);
}

static void
reject (VtItem *item, GError *fault)
{
  const gboolean by_host = item->want != NULL && (item->want->flags & VT_WANT_BY_HOST) != 0;

  g_prefix_error (&fault, "%s: ", item->record->key);
  item->fault = fault;
  item->verdict = !by_host && g_error_matches (fault, VT_ERROR, VT_ERROR_NOT_OFFERED)
                      ? VT_VERDICT_NOT_OFFERED
                      : VT_VERDICT_FAULT;
}

static void
decide (const Planner *planner, VtItem *item)
{
  g_auto (VtDecision) decision = { NULL, NULL };
  GError *fault = NULL;
  VtQuestion question = {
    .system = planner->request->system,
    .forced = (item->want->flags & VT_WANT_FORCED) != 0,
    .planned = get_planned,
    .plan = planner,
  };

  if (!fill_record (planner, item, &fault)
      || !item->attribute->ops->decide (item->attribute, &question, item->want->setting->value,
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
}

static void
note_disturbers (Planner *planner)
{
  const GPtrArray *list = planner->request->attributes->list;

  for (guint i = 0; i < list->len; i++)
    {
      VtAttribute *attribute = g_ptr_array_index (list, i);

      for (guint j = 0; attribute->disturbs != NULL && attribute->disturbs[j] != NULL; j++)
        g_hash_table_insert (planner->disturbers, attribute->disturbs[j], attribute);
    }
}

/* The item of what disturbs @attribute: of lower rank, so it is planned already. */
static const VtItem *
find_disturber (const Planner *planner, const VtAttribute *attribute)
{
  const VtAttribute *other = g_hash_table_lookup (planner->disturbers, attribute->key);

  return other != NULL ? g_hash_table_lookup (planner->items, other->key) : NULL;
}

/* Whether this plan's writes may change @attribute by the way. */
static gboolean
is_shaken (const Planner *planner, const VtAttribute *attribute)
{
  const VtItem *disturber = find_disturber (planner, attribute);

  return disturber != NULL && disturber->verdict == VT_VERDICT_WRITE;
}

/*
 * Whether what disturbs @attribute stands changed, and will: then the
 * original is not for now, and goes back with that.
 */
static gboolean
is_held (const Planner *planner, const VtAttribute *attribute)
{
  const VtAttribute *other = g_hash_table_lookup (planner->disturbers, attribute->key);
  const VtItem *disturber = find_disturber (planner, attribute);

  if (other == NULL || !is_wanted (planner, other))
    return FALSE;
  if (disturber == NULL)
    return find_record (planner, other) != NULL;

  return !disturber->restores && disturber->record->wanted != NULL
         && !vt_attribute_equal (other, disturber->record->wanted, disturber->record->original);
}

/* Looked at after the write that may change it, so that it can go back with that. */
static void
watch (Planner *planner, const VtAttribute *attribute)
{
  VtItem *item = g_hash_table_lookup (planner->items, attribute->key);

  if (item != NULL)
    {
      if (item->verdict == VT_VERDICT_LEAVE && item->record->before != NULL)
        item->verdict = VT_VERDICT_DISTURBED;
      return;
    }

  item = vt_item_new (attribute, NULL, NULL, VT_VERDICT_DISTURBED);
  if (fill_record (planner, item, NULL))
    add_item (planner, item);
  else
    vt_item_free (item);
}

static void
plan_wanted (Planner *planner, const VtAttribute *attribute, const VtWant *want)
{
  const gboolean asked = is_asked (planner, attribute, want);
  const gboolean shaken = is_shaken (planner, attribute);
  g_autoptr (VtItem) item = NULL;

  if (!asked && !shaken)
    return;

  item = vt_item_new (attribute, NULL, want, VT_VERDICT_LEAVE);
  item->shaken = shaken;
  decide (planner, item);

  if (!asked && item->verdict != VT_VERDICT_WRITE && item->verdict != VT_VERDICT_KEEP)
    {
      watch (planner, attribute);
      return;
    }

  if (item->verdict == VT_VERDICT_LEAVE && item->known && !is_held (planner, attribute))
    set_original (planner, item);

  add_item (planner, g_steal_pointer (&item));
  if (shaken)
    watch (planner, attribute);
}

static void
plan_hidden (Planner *planner, const VtAttribute *attribute)
{
  const VtWant *want = g_hash_table_lookup (planner->winners, attribute);
  VtItem *item;

  if (want == NULL || !is_wanted (planner, find_counterpart (planner, attribute))
      || !is_asked (planner, attribute, want))
    return;

  item = vt_item_new (attribute, NULL, want, VT_VERDICT_LEAVE);
  if (!fill_record (planner, item, &item->fault))
    g_clear_error (&item->fault);
  item->reason = g_strdup_printf ("%s is in force instead", attribute->counterpart);
  add_item (planner, item);
}

/* Nobody wants it any more, but the original is not for now. */
static void
plan_held (Planner *planner, const VtAttribute *attribute)
{
  const VtAttribute *other = g_hash_table_lookup (planner->disturbers, attribute->key);
  VtItem *item;

  if (is_shaken (planner, attribute))
    watch (planner, attribute);
  else if (planner->request->scope == VT_SCOPE_CHANGED
           && differs_from_previous (planner, attribute))
    {
      item = vt_item_new (attribute, NULL, NULL, VT_VERDICT_LEAVE);
      item->reason = g_strdup_printf ("goes back to its original with %s", other->key);
      add_item (planner, item);
    }
}

static void
plan_original (Planner *planner, const VtAttribute *attribute)
{
  g_autoptr (VtItem) item = NULL;

  if (!planner->request->restore || find_record (planner, attribute) == NULL)
    return;

  item = vt_item_new (attribute, NULL, NULL, VT_VERDICT_FAULT);
  item->shaken = is_shaken (planner, attribute);
  if (fill_record (planner, item, &item->fault))
    set_original (planner, item);

  add_item (planner, g_steal_pointer (&item));
}

static void
plan_attribute (Planner *planner, const VtAttribute *attribute)
{
  if (g_hash_table_contains (planner->hidden, attribute))
    plan_hidden (planner, attribute);
  else if (is_wanted (planner, attribute))
    plan_wanted (planner, attribute, g_hash_table_lookup (planner->winners, attribute));
  else if (is_wanted (planner, find_counterpart (planner, attribute)))
    return; /* it is 0 while that is in force */
  else if (is_held (planner, attribute))
    plan_held (planner, attribute);
  else
    plan_original (planner, attribute);
}

/* Writing one member of a pair zeroes the other. */
static void
watch_counterparts (Planner *planner)
{
  const GPtrArray *items = planner->plan->items;
  const guint n = items->len;

  for (guint i = 0; i < n; i++)
    {
      const VtItem *item = g_ptr_array_index (items, i);
      const VtAttribute *counterpart;

      if (item->verdict != VT_VERDICT_WRITE)
        continue;

      counterpart = find_counterpart (planner, item->attribute);
      if (counterpart != NULL)
        watch (planner, counterpart);
    }
}

static int
compare_items (gconstpointer a, gconstpointer b)
{
  const VtItem *first = *(const VtItem *const *) a;
  const VtItem *second = *(const VtItem *const *) b;
  const int first_rank = first->attribute != NULL ? (int) first->attribute->rank : G_MAXINT;
  const int second_rank = second->attribute != NULL ? (int) second->attribute->rank : G_MAXINT;

  if (first_rank != second_rank)
    return first_rank < second_rank ? -1 : 1;

  return strcmp (first->record->key, second->record->key);
}

VtPlan *
vt_plan_new (const VtPlanRequest *request)
{
  VtPlan *plan = g_new0 (VtPlan, 1);
  g_autoptr (GHashTable) winners = g_hash_table_new (NULL, NULL);
  g_autoptr (GHashTable) hidden = g_hash_table_new (NULL, NULL);
  g_autoptr (GHashTable) items = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GHashTable) disturbers = g_hash_table_new (g_str_hash, g_str_equal);
  Planner planner = { request, plan, winners, hidden, items, disturbers };

  plan->items = g_ptr_array_new_with_free_func ((GDestroyNotify) vt_item_free);
  plan->ignored = g_ptr_array_new_with_free_func (g_free);

  resolve_wants (&planner);
  resolve_pairs (&planner);
  note_disturbers (&planner);
  for (guint i = 0; i < request->attributes->list->len; i++)
    plan_attribute (&planner, g_ptr_array_index (request->attributes->list, i));
  watch_counterparts (&planner);
  if (!request->partial)
    vt_plan_add_absent (plan, request);

  g_ptr_array_sort (plan->items, compare_items);

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
