/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/worker/activity.h"

struct VtActivity
{
  GMutex lock;
  VtActivitySnapshot current;
};

VtActivity *
vt_activity_new (void)
{
  VtActivity *activity = g_new0 (VtActivity, 1);

  g_mutex_init (&activity->lock);

  return activity;
}

static void
snapshot_clear (VtActivitySnapshot *snapshot)
{
  g_clear_pointer (&snapshot->last_change, g_free);
  g_clear_pointer (&snapshot->last_error, g_free);
  g_clear_pointer (&snapshot->change, g_free);
}

void
vt_activity_free (VtActivity *activity)
{
  if (activity == NULL)
    return;

  snapshot_clear (&activity->current);
  g_mutex_clear (&activity->lock);
  g_free (activity);
}

gboolean
vt_activity_begin_change (VtActivity *activity, const char *command)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&activity->lock);

  if (activity->current.change != NULL)
    return FALSE;
  activity->current.change = g_strdup (command);

  return TRUE;
}

/* @command: (transfer full) */
static void
set_last_change (VtActivitySnapshot *snapshot, char *command, const GError *error)
{
  g_free (snapshot->last_change);
  g_free (snapshot->last_error);
  snapshot->last_change_id++;
  snapshot->last_change = command;
  snapshot->last_failed = error != NULL;
  snapshot->last_error = error == NULL ? NULL : g_strdup (error->message);
}

void
vt_activity_record_change (VtActivity *activity, const char *command, const GError *error)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&activity->lock);

  set_last_change (&activity->current, g_strdup (command), error);
}

void
vt_activity_end_change (VtActivity *activity, const GError *error)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&activity->lock);

  g_return_if_fail (activity->current.change != NULL);

  set_last_change (&activity->current, g_steal_pointer (&activity->current.change), error);
}

void
vt_activity_cancel_change (VtActivity *activity)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&activity->lock);

  g_clear_pointer (&activity->current.change, g_free);
}

void
vt_activity_begin_work (VtActivity *activity, const char *work)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&activity->lock);

  activity->current.work = work;
}

void
vt_activity_end_work (VtActivity *activity)
{
  vt_activity_begin_work (activity, NULL);
}

gboolean
vt_activity_has_change (VtActivity *activity)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&activity->lock);

  return activity->current.change != NULL;
}

void
vt_activity_count_dropped (VtActivity *activity)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&activity->lock);

  activity->current.dropped++;
}

VtActivitySnapshot *
vt_activity_snapshot (VtActivity *activity)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&activity->lock);
  VtActivitySnapshot *copy = g_new (VtActivitySnapshot, 1);

  *copy = activity->current;
  copy->last_change = g_strdup (copy->last_change);
  copy->last_error = g_strdup (copy->last_error);
  copy->change = g_strdup (copy->change);

  return copy;
}

void
vt_activity_snapshot_free (VtActivitySnapshot *snapshot)
{
  if (snapshot == NULL)
    return;

  snapshot_clear (snapshot);
  g_free (snapshot);
}
