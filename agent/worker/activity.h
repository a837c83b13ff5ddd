/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Records what the agent is doing, for tune-status: the change (a command that
 * changes the guest) that is running, the agent's own work, the result of the
 * last change, and the number of requests that were dropped because their host
 * had left. It starts and stops nothing. Safe from any thread.
 */

#include <glib.h>

typedef struct VtActivity VtActivity;

VtActivity *vt_activity_new (void);
void vt_activity_free (VtActivity *activity);

/* Begins a change. FALSE: another change is running; the caller answers Busy. */
gboolean vt_activity_begin_change (VtActivity *activity, const char *command);
/* Ends the running change. @error NULL: it succeeded. */
void vt_activity_end_change (VtActivity *activity, const GError *error);
/* Forgets the running change: its command was not executed after all. */
void vt_activity_cancel_change (VtActivity *activity);
/* Records the result of a change that no command began, such as the end of a provisional apply. */
void vt_activity_record_change (VtActivity *activity, const char *command, const GError *error);
gboolean vt_activity_has_change (VtActivity *activity);

/* Begins work that no host asked for, such as hot-plug. @work must be a static string. */
void vt_activity_begin_work (VtActivity *activity, const char *work);
void vt_activity_end_work (VtActivity *activity);

void vt_activity_count_dropped (VtActivity *activity);

typedef struct
{
  guint64 last_change_id; /* counts from 1; 0: no change has ended yet */
  char *last_change;      /* its command */
  gboolean last_failed;
  char *last_error; /* its text; NULL: the change succeeded */
  char *change;     /* the command that is running; NULL: none */
  const char *work; /* the agent's own work; NULL: none */
  guint64 dropped;  /* requests */
} VtActivitySnapshot;

/* Returns: (transfer full) */
VtActivitySnapshot *vt_activity_snapshot (VtActivity *activity);
void vt_activity_snapshot_free (VtActivitySnapshot *snapshot);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtActivity, vt_activity_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtActivitySnapshot, vt_activity_snapshot_free)
