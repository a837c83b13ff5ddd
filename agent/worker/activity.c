/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/worker/activity.h"

struct VtActivity
{
  GMutex lock;
  VtActivitySnapshot now;
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
  g_clear_pointer (&snapshot->last_command, g_free);
  g_clear_pointer (&snapshot->last_desc, g_free);
  g_clear_pointer (&snapshot->under_way, g_free);
}

void
vt_activity_free (VtActivity *activity)
{
  if (activity == NULL)
    return;

  snapshot_clear (&activity->now);
  g_mutex_clear (&activity->lock);
  g_free (activity);
}

gboolean
vt_activity_begin (VtActivity *activity, const char *command)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&activity->lock);

  if (activity->now.under_way != NULL)
    return FALSE;
  activity->now.under_way = g_strdup (command);

  return TRUE;
}

/* Takes @command. */
static void
set_last (VtActivitySnapshot *now, char *command, const GError *fault)
{
  g_free (now->last_command);
  g_free (now->last_desc);
  now->last_id++;
  now->last_command = command;
  now->last_failed = fault != NULL;
  now->last_desc = fault == NULL ? NULL : g_strdup (fault->message);
}

void
vt_activity_note (VtActivity *activity, const char *command, const GError *fault)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&activity->lock);

  set_last (&activity->now, g_strdup (command), fault);
}

void
vt_activity_end (VtActivity *activity, const GError *fault)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&activity->lock);

  g_return_if_fail (activity->now.under_way != NULL);

  set_last (&activity->now, g_steal_pointer (&activity->now.under_way), fault);
}

void
vt_activity_cancel (VtActivity *activity)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&activity->lock);

  g_clear_pointer (&activity->now.under_way, g_free);
}

void
vt_activity_enter (VtActivity *activity, const char *work)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&activity->lock);

  activity->now.work = work;
}

void
vt_activity_leave (VtActivity *activity)
{
  vt_activity_enter (activity, NULL);
}

gboolean
vt_activity_is_busy (VtActivity *activity)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&activity->lock);

  return activity->now.under_way != NULL;
}

void
vt_activity_count_dropped (VtActivity *activity)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&activity->lock);

  activity->now.dropped++;
}

VtActivitySnapshot *
vt_activity_snapshot (VtActivity *activity)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&activity->lock);
  VtActivitySnapshot *copy = g_new (VtActivitySnapshot, 1);

  *copy = activity->now;
  copy->last_command = g_strdup (copy->last_command);
  copy->last_desc = g_strdup (copy->last_desc);
  copy->under_way = g_strdup (copy->under_way);

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
