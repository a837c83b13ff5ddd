/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/engine/writer.h"

#include "protocol/error.h"

typedef enum
{
  FORWARD,
  BACK,
} Direction;

static const char *
get_target (const VtItem *item, Direction direction)
{
  return direction == FORWARD ? item->record->wanted : item->record->before;
}

static VtItem *
find_counterpart (const GPtrArray *items, const VtItem *item)
{
  for (guint i = 0; item->attribute->counterpart != NULL && i < items->len; i++)
    {
      VtItem *other = g_ptr_array_index (items, i);

      if (other->attribute != NULL
          && g_str_equal (other->record->key, item->attribute->counterpart))
        return other;
    }

  return NULL;
}

/*
 * The member of a pair (vm.dirty_bytes, vm.dirty_ratio) that is not in force reads 0. The kernel
 * sets it to 0 when the other is written; it cannot be set to 0 itself (admin-guide/sysctl/vm,
 * "dirty_bytes").
 */
static gboolean
is_zeroed_by_counterpart (const GPtrArray *items, const VtItem *item, Direction direction)
{
  const VtItem *other;
  const char *value;

  if (g_strcmp0 (get_target (item, direction), "0") != 0)
    return FALSE;

  other = find_counterpart (items, item);
  value = other != NULL ? get_target (other, direction) : NULL;

  return value != NULL && !g_str_equal (value, "0");
}

static gboolean
check_value (const VtAttribute *attribute,
             const VtSystem *system,
             const char *value,
             GError **error)
{
  g_autofree char *actual = attribute->ops->read (attribute, system, error);

  if (actual == NULL)
    return FALSE;
  if (vt_attribute_equal (attribute, actual, value))
    return TRUE;

  return vt_error_set (error, VT_ERROR_GENERIC, "reads %s after %s was written", actual, value);
}

/* Writes @value unless it is there, and reads it back. */
static gboolean
write_value (const VtAttribute *attribute,
             const VtSystem *system,
             const char *value,
             GError **error)
{
  g_autofree char *actual = attribute->ops->read (attribute, system, error);

  if (actual == NULL)
    return FALSE;
  if (vt_attribute_equal (attribute, actual, value))
    return TRUE;

  return attribute->ops->write (attribute, system, value, error)
         && check_value (attribute, system, value, error);
}

/* Whether the device was removed, so that there is nothing to put back. */
static gboolean
has_left (const VtItem *item, const VtSystem *system)
{
  g_autoptr (GError) fault = NULL;
  g_autofree char *actual = item->attribute->ops->read (item->attribute, system, &fault);

  return actual == NULL && g_error_matches (fault, VT_ERROR, VT_ERROR_NOT_OFFERED);
}

/* The value that could not be put back is recorded as ours, so that a later roll-back tries again.
 */
static void
note_stuck (VtItem *item, const VtSystem *system)
{
  char *actual;

  item->outcome = VT_OUTCOME_STUCK;
  actual = item->attribute->ops->read (item->attribute, system, NULL);
  if (actual == NULL)
    return;

  g_free (item->record->wanted);
  item->record->wanted = actual;
}

static void
put_back (VtItem *item, const VtSystem *system)
{
  g_autoptr (GError) fault = NULL;

  if (write_value (item->attribute, system, item->record->before, &fault)
      || has_left (item, system))
    return;

  note_stuck (item, system);
  if (item->fault == NULL)
    item->fault = g_steal_pointer (&fault);
}

/* Where the counterpart is stuck, its write did not zero this member either. */
static void
note_if_stuck_with (const GPtrArray *items, VtItem *item, const VtSystem *system)
{
  const VtItem *other = find_counterpart (items, item);

  if (other != NULL && other->outcome == VT_OUTCOME_STUCK
      && is_zeroed_by_counterpart (items, item, BACK))
    note_stuck (item, system);
}

/* Puts back one item that failed, with the other member of its pair. */
static void
put_back_pair (const GPtrArray *items, VtItem *item, const VtSystem *system)
{
  VtItem *other = find_counterpart (items, item);

  if (other != NULL && vt_item_is_entry (other))
    {
      if (!is_zeroed_by_counterpart (items, other, BACK))
        put_back (other, system);
      other->outcome = MAX (other->outcome, VT_OUTCOME_FAILED);
    }

  if (!is_zeroed_by_counterpart (items, item, BACK))
    put_back (item, system);
  item->outcome = MAX (item->outcome, VT_OUTCOME_FAILED);

  note_if_stuck_with (items, item, system);
  if (other != NULL && vt_item_is_entry (other))
    note_if_stuck_with (items, other, system);
}

/*
 * The device refused a value that nobody named for it, as a NIC refuses channels while an XDP
 * program is attached: the device keeps the one that it has.
 */
static gboolean
is_refusal (const VtItem *item, const VtSystem *system)
{
  return item->want != NULL && !item->restores && vt_want_may_be_refused (item->want)
         && !has_left (item, system);
}

/* FALSE: it could not be put back. */
static gboolean
leave_refused (const GPtrArray *items, VtItem *item, const VtSystem *system)
{
  put_back_pair (items, item, system);
  if (item->outcome == VT_OUTCOME_STUCK)
    return FALSE;

  item->outcome = VT_OUTCOME_REFUSED;
  item->verdict = VT_VERDICT_LEAVE;
  g_free (item->reason);
  item->reason = g_strdup_printf ("refused %s: %s", item->record->wanted, item->fault->message);
  g_clear_error (&item->fault);
  return TRUE;
}

/* Writes one item; @zeroed: checks instead that its counterpart's write made it 0. */
static gboolean
go_forward (const VtItem *item, const VtSystem *system, gboolean zeroed, GError **error)
{
  return zeroed ? check_value (item->attribute, system, item->record->wanted, error)
                : write_value (item->attribute, system, item->record->wanted, error);
}

/* Handles the items that are written; @zeroed: those that their counterpart's write zeroes. */
static gboolean
forward_pass (const GPtrArray *items,
              const VtSystem *system,
              gboolean zeroed,
              gboolean lenient,
              GError **error)
{
  for (guint i = 0; i < items->len; i++)
    {
      VtItem *item = g_ptr_array_index (items, i);

      if (!vt_item_is_entry (item) || item->verdict == VT_VERDICT_DISTURBED
          || item->outcome != VT_OUTCOME_NONE
          || is_zeroed_by_counterpart (items, item, FORWARD) != zeroed)
        continue;

      if (go_forward (item, system, zeroed, &item->fault))
        {
          item->outcome = VT_OUTCOME_DONE;
          continue;
        }

      if (is_refusal (item, system) && leave_refused (items, item, system))
        continue;
      if (!lenient)
        return vt_error_set (error, VT_ERROR_APPLY_FAILED, "%s=%s: %s", item->record->key,
                             item->record->wanted, item->fault->message);

      put_back_pair (items, item, system);
    }

  return TRUE;
}

static void
read_disturbed (const GPtrArray *items, const VtSystem *system)
{
  for (guint i = 0; i < items->len; i++)
    {
      VtItem *item = g_ptr_array_index (items, i);
      char *actual;

      if (item->verdict != VT_VERDICT_DISTURBED || item->outcome != VT_OUTCOME_NONE)
        continue;

      actual = item->attribute->ops->read (item->attribute, system, NULL);
      g_free (item->record->wanted);
      item->record->wanted = actual != NULL ? actual : g_strdup (item->record->before);
      item->outcome = VT_OUTCOME_DONE;
    }
}

gboolean
vt_write_items (const GPtrArray *items, const VtSystem *system, gboolean lenient, GError **error)
{
  if (!forward_pass (items, system, FALSE, lenient, error)
      || !forward_pass (items, system, TRUE, lenient, error))
    return FALSE;

  read_disturbed (items, system);
  return TRUE;
}

char *
vt_write_back (const GPtrArray *items, const VtSystem *system)
{
  g_autoptr (GString) stuck = g_string_new (NULL);

  for (guint i = 0; i < items->len; i++)
    {
      VtItem *item = g_ptr_array_index (items, i);

      if (!vt_item_is_entry (item))
        continue;

      if (item->outcome == VT_OUTCOME_DONE)
        item->outcome = VT_OUTCOME_UNDONE;
      if (item->fault != NULL)
        item->outcome = VT_OUTCOME_FAILED;
      if (!is_zeroed_by_counterpart (items, item, BACK))
        put_back (item, system);
      if (item->outcome == VT_OUTCOME_STUCK)
        g_string_append_printf (stuck, "%s%s to %s (%s)", stuck->len > 0 ? ", " : "",
                                item->record->key, item->record->before, item->fault->message);
    }

  for (guint i = 0; i < items->len; i++)
    {
      VtItem *item = g_ptr_array_index (items, i);

      if (vt_item_is_entry (item))
        note_if_stuck_with (items, item, system);
    }

  return stuck->len > 0 ? g_string_free (g_steal_pointer (&stuck), FALSE) : NULL;
}
