/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/engine/engine-private.h"

#include "agent/engine/report.h"
#include "agent/engine/transaction.h"
#include "protocol/error.h"

gint64
vt_engine_now (const VtEngine *engine)
{
  return engine->now (engine->now_data);
}

const VtActive *
vt_engine_get_effective (const VtEngine *engine)
{
  return engine->trial != NULL ? engine->trial : engine->active;
}

void
vt_engine_set_trial (VtEngine *engine, VtActive *trial, guint64 id, gint64 deadline)
{
  VtActive *old;

  g_mutex_lock (&engine->lock);
  old = engine->trial;
  engine->trial = trial;
  engine->trial_id = id;
  engine->deadline = deadline;
  g_mutex_unlock (&engine->lock);

  if (old != NULL)
    vt_active_unref (old);
}

VtTrialStatus *
vt_engine_get_trial (VtEngine *engine)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&engine->lock);
  VtTrialStatus *status;

  if (engine->trial == NULL)
    return NULL;

  status = g_new (VtTrialStatus, 1);
  status->apply_id = engine->trial_id;
  status->deadline = engine->deadline;
  status->left = engine->deadline - vt_engine_now (engine);
  status->active = vt_active_ref (engine->trial);

  return status;
}

void
vt_trial_status_free (VtTrialStatus *status)
{
  vt_active_unref (status->active);
  g_free (status);
}

/* What the end of the trial does to each entry. */
static void
add_rows (VtReport *report,
          const GPtrArray *entries,
          const VtAttributes *attributes,
          const VtSystem *system)
{
  for (guint i = 0; i < entries->len; i++)
    {
      const VtRecord *record = g_ptr_array_index (entries, i);
      const VtAttribute *attribute
          = vt_attributes_find_identity (attributes, record->key, record->identity);
      g_autofree char *actual = NULL;
      VtRow *row;

      if (attribute == NULL || vt_attribute_equal (attribute, record->before, record->wanted))
        continue;

      actual = attribute->ops->read (attribute, system, NULL);
      row = vt_row_new (attribute->key, vt_attribute_equal (attribute, actual, record->wanted)
                                            ? VT_RESULT_RESTORED
                                            : VT_RESULT_CHANGED_BY_OTHERS);
      row->number = attribute->number;
      row->from = g_steal_pointer (&actual);
      row->to = g_strdup (row->result == VT_RESULT_RESTORED ? record->before : row->from);
      g_ptr_array_add (report->rows, row);
    }
}

static void
undo (VtEngine *engine, VtReport *report, GPtrArray *notes)
{
  g_autoptr (VtAttributes) attributes
      = vt_attributes_enumerate (engine->tunables, engine->system, NULL, NULL);

  if (report != NULL)
    add_rows (report, vt_journal_get_unfinished (engine->journal), attributes, engine->system);
  vt_transaction_recover (engine->journal, attributes, engine->system, notes);
  vt_attempts_reset (engine->attempts);
}

void
vt_engine_undo_trial (VtEngine *engine, VtReport *report, GPtrArray *notes)
{
  if (engine->trial == NULL)
    return;

  undo (engine, report, notes);
  vt_engine_set_trial (engine, NULL, 0, 0);
}

/* What was confirmed becomes active. The trial's state is no longer any start's to undo. */
static gboolean
finish (VtEngine *engine, GError **error)
{
  g_autoptr (VtAttributes) attributes = NULL;

  if (!vt_active_equal (engine->trial, engine->active)
      && !vt_active_save (engine->trial, engine->folder, engine->boot_id, error))
    return FALSE;

  attributes = vt_attributes_enumerate (engine->tunables, engine->system, NULL, NULL);
  vt_transaction_finish (engine->journal, attributes);
  vt_engine_set_active (engine, vt_active_ref (engine->trial));
  vt_engine_set_trial (engine, NULL, 0, 0);
  vt_attempts_reset (engine->attempts);
  return TRUE;
}

void
vt_engine_resume (VtEngine *engine)
{
  const VtTrial *known = vt_journal_get_trial (engine->journal);
  g_autoptr (GError) fault = NULL;
  VtActive *active = NULL;

  if (known != NULL)
    active = vt_active_from_json (known->active, engine->boot_id, &fault);
  if (active != NULL)
    {
      vt_engine_set_trial (engine, active, vt_journal_get_unfinished_id (engine->journal),
                           known->deadline);
      if (known->confirmed ? finish (engine, &fault) : vt_engine_now (engine) < known->deadline)
        return;
    }

  if (fault != NULL)
    g_ptr_array_add (engine->notes,
                     g_strdup_printf ("a change on trial can't go on: %s", fault->message));
  if (vt_journal_get_unfinished (engine->journal) != NULL)
    undo (engine, NULL, engine->notes);
  vt_engine_set_trial (engine, NULL, 0, 0);
}

guint64
vt_engine_expire (VtEngine *engine, GPtrArray *notes)
{
  const VtTrial *known;
  const guint64 id = engine->trial_id;

  if (engine->trial == NULL || vt_engine_now (engine) < engine->deadline)
    return 0;

  known = vt_journal_get_trial (engine->journal);
  if (known != NULL && known->confirmed)
    {
      g_autoptr (GError) fault = NULL;

      if (finish (engine, &fault))
        return 0;

      g_ptr_array_add (notes, g_strdup (fault->message));
    }

  vt_engine_undo_trial (engine, NULL, notes);
  return id;
}

gboolean
vt_engine_check_idle (VtEngine *engine, GError **error)
{
  if (vt_engine_expire (engine, engine->notes) != 0 || engine->trial == NULL)
    return TRUE;

  return vt_error_set (
      error, VT_ERROR_BUSY,
      "Apply %" G_GUINT64_FORMAT " waits to be confirmed for %" G_GINT64_FORMAT " s more",
      engine->trial_id, MAX (0, (engine->deadline - vt_engine_now (engine)) / G_USEC_PER_SEC));
}

gboolean
vt_engine_confirm (VtEngine *engine, guint64 id, GError **error)
{
  guint64 undone;

  if (!vt_engine_load (engine, error))
    return FALSE;

  undone = vt_engine_expire (engine, engine->notes);
  if (undone != 0)
    return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT,
                         "Apply %" G_GUINT64_FORMAT " was not confirmed in time and was undone",
                         undone);
  if (engine->trial == NULL)
    return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT, "No apply waits to be confirmed");
  if (engine->trial_id != id)
    return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT,
                         "Apply %" G_GUINT64_FORMAT
                         " waits to be confirmed, not %" G_GUINT64_FORMAT,
                         engine->trial_id, id);

  return vt_journal_confirm (engine->journal, error) && finish (engine, error);
}
