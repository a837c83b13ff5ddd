/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Plans, applies, records, verifies and rolls back sets of wanted values, for all kinds of
 * attributes. It knows no kind of attribute and no channel, starts no thread and watches nothing:
 * every call is synchronous, and calls are made from one thread at a time (the worker's), but for
 * those that say otherwise.
 *
 * Each call that uses the state first undoes a provisional apply whose deadline has passed, and
 * tries again what a start could not apply.
 */

#include <glib.h>

#include "agent/engine/results.h"
#include "agent/profiles/profile.h"
#include "agent/state/active.h"
#include "agent/tunables/tunable.h"
#include "protocol/settings.h"

typedef struct VtEngine VtEngine;

/* Called during the call that leads to the event, by the thread that makes the call. */
typedef struct
{
  /* The apply @id was not confirmed in time, and was undone. NULL: nobody listens. */
  void (*expired) (guint64 id, const VtReport *report, gpointer data);
  /* The active settings, which a start could not apply, were applied now. NULL: nobody listens. */
  void (*applied_late) (const VtReport *report, gpointer data);
  gpointer data;
} VtEngineEvents;

typedef struct
{
  const VtSystem *system;
  const VtTunable *const *tunables;
  const VtProfileStore *profiles;
  const char *state_dir;              /* whole path; created (0700) where absent */
  const char *volatile_state_dir;     /* used while state_dir is read-only; may be NULL */
  const VtSettings *base;             /* base policy: the lowest layer; may be NULL */
  const char *default_profile;        /* applies while nothing is stored; NULL or "": none */
  gint64 (*now) (gconstpointer data); /* µs; any thread. NULL: of CLOCK_BOOTTIME */
  gconstpointer now_data;
  VtEngineEvents events;
} VtEngineOptions;

/* Copies what it needs of @options; @system, @tunables and @profiles must outlive it. */
VtEngine *vt_engine_new (const VtEngineOptions *options);
void vt_engine_free (VtEngine *engine);

/*
 * Undoes what an earlier process left unfinished, then applies the active settings, each attribute
 * by itself. Damaged state is set aside, and reported in *@ret's ignored. FALSE (VT_ERROR_STATE):
 * the state folder cannot be used or is full. Then only the base policy is applied, if the state
 * could be read, and every later call but a roll-back tries again. While a provisional apply of an
 * earlier process waits, the active settings are applied after its end.
 */
gboolean
vt_engine_start (VtEngine *engine, VtReport **ret, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/*
 * All or nothing. FALSE: every value is as it was before the call, or the text names those that
 * are not. VT_ERROR_INVALID_ARGUMENT, NO_SUCH_DEVICE, NOT_OFFERED, REFUSED: nothing was written,
 * the text names every fault; APPLY_FAILED: a write failed, everything was put back; STATE: the log
 * could not be written, or would be larger than what can be undone; BUSY: a provisional apply
 * waits.
 * *@ret is set, too, where it fails and there was a plan: then its rows say what failed, what was
 * put back and what would have been changed.
 */
gboolean vt_engine_apply (VtEngine *engine,
                          const VtApplyRequest *request,
                          VtReport **ret,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

/*
 * Keeps the provisional apply @id. FALSE: VT_ERROR_INVALID_ARGUMENT (there is no such apply, or its
 * deadline has passed), VT_ERROR_STATE (it still is provisional).
 */
gboolean vt_engine_confirm (VtEngine *engine, guint64 id, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/*
 * To be called at the deadline of a provisional apply: values and active settings go back to those
 * before it. @notes (of char *): gets what could not be put back.
 * Returns: the id of the apply that was undone; 0: none was due.
 */
guint64 vt_engine_expire (VtEngine *engine, GPtrArray *notes);

/* NULL: there is none. Any thread. (transfer full) */
VtProvisionalStatus *vt_engine_get_provisional (VtEngine *engine);

/* Compares the wanted with the actual value of each attribute that the active settings name. */
gboolean
vt_engine_verify (VtEngine *engine, VtReport **ret, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/*
 * Restores the originals, empties the active settings for good, applies the base policy. Undoes a
 * provisional apply. FALSE (VT_ERROR_STATE): everything is as it was, or the text says that only
 * the provisional apply was undone.
 */
gboolean
vt_engine_rollback (VtEngine *engine, VtReport **ret, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/*
 * A device was added, or its environment has changed: applies the active settings to it, each
 * attribute by itself. @device NULL: to all devices of the section. @section NULL: only automatic
 * values of all sections are decided anew, and the values that the kernel resets are written again,
 * as after a change of CPUs or memory. @early: the device was added
 * just now and udev's rules have not run; what they make of it will be its original.
 * VT_ERROR_BUSY: a provisional apply waits.
 */
gboolean vt_engine_converge (VtEngine *engine,
                             const char *section,
                             const char *device,
                             gboolean early,
                             VtReport **ret,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A device was removed: drops its records. Does nothing while a provisional apply waits. */
void vt_engine_forget (VtEngine *engine, const char *section, const char *device);

/* Returns: (transfer full): of VtAttributeStatus, by key */
GPtrArray *vt_engine_status (VtEngine *engine);

/* The active settings now. Any thread. Returns: (transfer full) */
VtActive *vt_engine_ref_active (VtEngine *engine);

/* Problems of the stored state and of the active profile, for people; often none. (transfer full):
 * of char * */
GPtrArray *vt_engine_list_warnings (VtEngine *engine);

/* The value that the settings in force want for @key; NULL: none. (transfer full) */
char *vt_engine_get_wanted (VtEngine *engine, const char *key);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtEngine, vt_engine_free)
