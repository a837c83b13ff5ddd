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

/* What the end of the trial is to do to each entry that it changed. */
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

/* What the end of the trial has not done. */
static void
correct_rows (VtReport *report, const VtAttributes *attributes, const VtSystem *system)
{
  for (guint i = 0; i < report->rows->len; i++)
    {
      VtRow *row = g_ptr_array_index (report->rows, i);
      const VtAttribute *attribute = vt_attributes_get (attributes, row->key);
      char *actual = attribute->ops->read (attribute, system, NULL);

      if (row->result == VT_RESULT_RESTORED && !vt_attribute_equal (attribute, actual, row->to))
        row->result = VT_RESULT_FAILED;
      g_free (row->to);
      row->to = actual;
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
  if (report != NULL)
    correct_rows (report, attributes, engine->system);
  vt_attempts_reset (engine->attempts);
  vt_engine_set_trial (engine, NULL, 0, 0);
}

static void
log_notes (const GPtrArray *notes)
{
  for (guint i = 0; i < notes->len; i++)
    g_message ("%s", (const char *) g_ptr_array_index (notes, i));
}

gboolean
vt_engine_cancel_trial (VtEngine *engine, VtReport *report, GError **error)
{
  g_autoptr (GPtrArray) notes = g_ptr_array_new_with_free_func (g_free);

  if (engine->trial == NULL)
    return TRUE;
  if (!vt_journal_cancel (engine->journal, error))
    return FALSE;

  undo (engine, report, notes);
  log_notes (notes);
  return TRUE;
}

/* The active state says already that the trial has ended well: the journal is to say it too. */
static void
finish (VtEngine *engine)
{
  g_autoptr (VtAttributes) attributes
      = vt_attributes_enumerate (engine->tunables, engine->system, NULL, NULL);

  vt_transaction_finish (engine->journal, attributes);
  vt_attempts_reset (engine->attempts);
}

void
vt_engine_resume (VtEngine *engine)
{
  const VtTrial *known = vt_journal_get_trial (engine->journal);
  const guint64 id = vt_journal_get_unfinished_id (engine->journal);
  g_autoptr (GError) fault = NULL;
  VtActive *active = NULL;

  if (known != NULL && id == engine->active->apply_id)
    {
      finish (engine);
      return;
    }

  if (known != NULL)
    active = vt_active_from_json (known->active, engine->boot_id, &fault);
  if (active != NULL)
    vt_engine_set_trial (engine, active, id, known->deadline);
  if (active != NULL && vt_engine_now (engine) < known->deadline)
    return;

  if (fault != NULL)
    g_ptr_array_add (engine->notes,
                     g_strdup_printf ("a change on trial can't go on: %s", fault->message));
  if (vt_journal_get_unfinished (engine->journal) != NULL)
    undo (engine, NULL, engine->notes);
}

/* FALSE: it is not due. */
static gboolean
expire (VtEngine *engine, GPtrArray *notes)
{
  const guint64 id = engine->trial_id;
  g_autoptr (VtReport) report = vt_report_new ();
  g_autoptr (GError) fault = NULL;

  if (engine->trial == NULL || vt_engine_now (engine) < engine->deadline)
    return FALSE;

  /* Where it can't be written down, a start sees the deadline. */
  if (!vt_journal_cancel (engine->journal, &fault))
    g_message ("%s", fault->message);

  undo (engine, report, notes);
  if (engine->events.expired != NULL)
    engine->events.expired (id, report, engine->events.data);
  return TRUE;
}

guint64
vt_engine_expire (VtEngine *engine, GPtrArray *notes)
{
  const guint64 id = engine->trial_id;

  if (!expire (engine, notes))
    return 0;

  vt_engine_catch_up (engine);
  return id;
}

gboolean
vt_engine_check_idle (VtEngine *engine, GError **error)
{
  g_autoptr (GPtrArray) notes = g_ptr_array_new_with_free_func (g_free);

  (void) expire (engine, notes);
  log_notes (notes);
  if (engine->trial != NULL)
    return vt_error_set (
        error, VT_ERROR_BUSY,
        "Apply %" G_GUINT64_FORMAT " waits to be confirmed for %" G_GINT64_FORMAT " s more",
        engine->trial_id, MAX (0, (engine->deadline - vt_engine_now (engine)) / G_USEC_PER_SEC));

  vt_engine_catch_up (engine);
  return TRUE;
}

static gboolean
check_confirmable (VtEngine *engine, guint64 id, GError **error)
{
  g_autoptr (GPtrArray) notes = g_ptr_array_new_with_free_func (g_free);
  const guint64 undone = vt_engine_expire (engine, notes);

  log_notes (notes);
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

  return TRUE;
}

gboolean
vt_engine_confirm (VtEngine *engine, guint64 id, GError **error)
{
  if (!vt_engine_load (engine, error) || !check_confirmable (engine, id, error))
    return FALSE;

  /* It bears the trial's number: from here on a start knows that it was confirmed. */
  if (!vt_active_save (engine->trial, engine->folder, engine->boot_id, error))
    return FALSE;

  vt_engine_set_active (engine, vt_active_ref (engine->trial));
  vt_engine_set_trial (engine, NULL, 0, 0);
  finish (engine);
  vt_engine_catch_up (engine);
  return TRUE;
}
