/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Plans, applies, journals, verifies and rolls back sets of wanted values;
 * written once for all kinds of attributes. It knows no kind, no channel and
 * no JSON (its stores do), starts no thread and watches nothing: every call
 * is synchronous, and all are made from one thread at a time (the worker).
 */

#include <glib.h>

#include "agent/engine/row.h"
#include "agent/profiles/profile.h"
#include "agent/tunables/tunable.h"
#include "protocol/settings.h"

typedef struct VtEngine VtEngine;
typedef struct VtActive VtActive; /* agent/engine/active.h: what the host wants; immutable */

typedef struct
{
  guint64 apply_id; /* 0 where nothing is numbered (dry-run, verify, start) */
  gboolean dry_run;
  GPtrArray *rows;    /* of VtRow */
  GPtrArray *ignored; /* of char *: what the profile asks for and nobody carries out */
} VtReport;

/* Of no rows. Returns: (transfer full) */
VtReport *vt_report_new (void);
void vt_report_free (VtReport *report);

/* What it does besides what it is asked for, told in the midst of the call that leads to it. */
typedef struct
{
  /* The apply @id was not confirmed in time, and was undone. NULL: nobody is told. */
  void (*expired) (guint64 id, const VtReport *report, gpointer data);
  /* What the start had to leave undone was tried again. NULL: nobody is told. */
  void (*caught_up) (const VtReport *report, gpointer data);
  gpointer data;
} VtEngineEvents;

typedef struct
{
  const VtSystem *system;
  const VtTunable *const *tunables;
  const VtProfileStore *profiles;
  const char *state_dir;  /* whole path; made (0700) where absent */
  const VtSettings *base; /* base policy: lowest layer, what a roll-back returns to; may be NULL */
  const char *default_profile;        /* applies while nothing is stored; NULL or "": none */
  gint64 (*now) (gconstpointer data); /* µs; from any thread. NULL: of CLOCK_BOOTTIME */
  gconstpointer now_data;
  VtEngineEvents events;
} VtEngineOptions;

/* Copies what it needs of @options; @system, @tunables and @profiles must outlive it. */
VtEngine *vt_engine_new (const VtEngineOptions *options);
void vt_engine_free (VtEngine *engine);

typedef struct
{
  const char *profile;        /* NULL: keep the active one */
  const VtSettings *settings; /* NULL: none given */
  const VtHints *hints;       /* in place of those before; NULL: they stay */
  gboolean dry_run;
  gboolean forced;
  gboolean allow_absent;
  gboolean transient;
  guint confirm_within; /* seconds after which it is undone unless confirmed; 0: it stays */
} VtApplyRequest;

/*
 * Undoes what a killed predecessor left half done, then applies the active
 * state, each attribute for itself. Damaged state is set aside, told in
 * @ret's ignored and never fatal: FALSE (VT_ERROR_STATE) only where the state
 * folder is unusable or full. Then the base policy alone is in force, if the
 * state could be read, and every later call but a roll-back tries the rest again; so does
 * the end of a trial that a predecessor began, which puts it off.
 */
gboolean
vt_engine_start (VtEngine *engine, VtReport **ret, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/*
 * All or nothing. FALSE: everything is as it was before the call
 * (VT_ERROR_INVALID_ARGUMENT, NO_SUCH_DEVICE, NOT_OFFERED, REFUSED: nothing
 * was written, the text names every fault; APPLY_FAILED: undone;
 * STATE: the journal could not be written, or would hold more than can be
 * undone, nothing was; BUSY: an apply is on trial).
 */
gboolean vt_engine_apply (VtEngine *engine,
                          const VtApplyRequest *request,
                          VtReport **ret,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

/*
 * The apply @id that is on trial stays. FALSE: VT_ERROR_INVALID_ARGUMENT (no
 * such apply is on trial, or not any more), VT_ERROR_STATE (the trial goes on).
 */
gboolean vt_engine_confirm (VtEngine *engine, guint64 id, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/*
 * To be called when the time of a trial is over: values and active state go
 * back to what they were before it. @notes: what could not be put back is
 * appended, as text. Returns: the id of the
 * apply that was undone; 0: none was due.
 */
guint64 vt_engine_expire (VtEngine *engine, GPtrArray *notes);

/* An apply on trial. */
typedef struct
{
  guint64 apply_id;
  gint64 deadline; /* as of now() */
  gint64 left;     /* µs until then; may be negative */
  VtActive *active;
} VtTrialStatus;

/* NULL: none is. From any thread. (transfer full) */
VtTrialStatus *vt_engine_get_trial (VtEngine *engine);
void vt_trial_status_free (VtTrialStatus *status);

/* Wanted against actual for each attribute of the active settings. */
gboolean
vt_engine_verify (VtEngine *engine, VtReport **ret, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/*
 * Restores the originals, empties the active state for good, puts the base
 * policy in force. Ends a trial. FALSE (VT_ERROR_STATE): all is as it was, or the text says that
 * the trial alone was ended.
 */
gboolean
vt_engine_rollback (VtEngine *engine, VtReport **ret, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/*
 * A device came, or its environment changed: gives it what the active state
 * wants of it. @device NULL: all of the section. @section NULL: all whose
 * wanted word is re-evaluated (auto), as after a change of CPUs.
 * @early: the device has just come, and udev's rules are still to run: what
 * they make of it is its original then.
 * Each attribute stands for itself. VT_ERROR_BUSY during a trial.
 */
gboolean vt_engine_converge (VtEngine *engine,
                             const char *section,
                             const char *device,
                             gboolean early,
                             VtReport **ret,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A device has left: its records go with it. Does nothing during a trial. */
void vt_engine_forget (VtEngine *engine, const char *section, const char *device);

/* One attribute as status shows it. */
typedef struct
{
  char *key;
  gboolean number;
  char *value;    /* NULL: unreadable */
  char *wanted;   /* NULL: nothing is wanted */
  char *source;   /* of the wanted */
  char *original; /* NULL: not changed by us */
  char *allowed;  /* NULL: unsaid */
} VtAttributeStatus;

void vt_attribute_status_free (VtAttributeStatus *status);

/* Returns: (transfer full): of VtAttributeStatus, by key */
GPtrArray *vt_engine_status (VtEngine *engine);

/* The active state at this moment. From any thread. Returns: (transfer full) */
VtActive *vt_engine_ref_active (VtEngine *engine);
VtActive *vt_active_ref (VtActive *active);
void vt_active_unref (VtActive *active);

/* What is wrong with the stored state, for people; often nothing. (transfer full): of char * */
GPtrArray *vt_engine_list_warnings (VtEngine *engine);

/* The word that all layers together want of @key, NULL: nothing. (transfer full) */
char *vt_engine_get_wanted (VtEngine *engine, const char *key);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtEngine, vt_engine_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtActive, vt_active_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtReport, vt_report_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtTrialStatus, vt_trial_status_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtAttributeStatus, vt_attribute_status_free)
