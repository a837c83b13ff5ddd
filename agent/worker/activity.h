/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What change is under way, what the agent does of itself, how the last change ended, how many
 * requests were dropped because their host had gone: for tune-status. Safe from any thread.
 */

#include <glib.h>

typedef struct VtActivity VtActivity;

VtActivity *vt_activity_new (void);
void vt_activity_free (VtActivity *activity);

/* FALSE where a change is under way already: the caller answers Busy. */
gboolean vt_activity_begin (VtActivity *activity, const char *command);
/* It was not run after all: nothing has ended. */
void vt_activity_cancel (VtActivity *activity);
/* What the agent does of itself, and that nothing is done any more; @work must stay. */
void vt_activity_enter (VtActivity *activity, const char *work);
void vt_activity_leave (VtActivity *activity);
/* A change that nobody asked for just now, such as the end of a trial. */
void vt_activity_note (VtActivity *activity, const char *command, const GError *fault);
/* @fault NULL: it succeeded. */
void vt_activity_end (VtActivity *activity, const GError *fault);
gboolean vt_activity_is_busy (VtActivity *activity);
void vt_activity_count_dropped (VtActivity *activity);

typedef struct
{
  guint64 last_id; /* 0: none yet */
  char *last_command;
  gboolean last_failed;
  char *last_desc;  /* the error's text; NULL on success */
  char *under_way;  /* command; NULL: none */
  const char *work; /* what the agent does of itself; NULL: nothing */
  guint64 dropped;
} VtActivitySnapshot;

/* Returns: (transfer full) */
VtActivitySnapshot *vt_activity_snapshot (VtActivity *activity);
void vt_activity_snapshot_free (VtActivitySnapshot *snapshot);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtActivity, vt_activity_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtActivitySnapshot, vt_activity_snapshot_free)
