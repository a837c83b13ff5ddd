/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The durable state: the active settings, the change under way, the originals of what is changed.
 * It writes what it is told to the log in the state folder, and decides nothing. A change goes
 *
 *   vt_state_begin()             on disk before the first attribute is written
 *   vt_state_hold()              only of a provisional apply: made, and waiting to be confirmed
 *   vt_state_commit() or
 *   vt_state_undo()              the end
 *
 * A process that finds a change under way at its start must undo it, or wait for its confirmation.
 * Calls are made from one thread at a time, but for those that say otherwise.
 */

#include <glib.h>

#include "agent/state/active.h"
#include "agent/state/content.h"
#include "agent/state/record-changes.h"

typedef struct VtState VtState;

/*
 * @state_dir: whole path. @volatile_dir: used while that is on a read-only file system; NULL: none.
 * @default_profile (NULL or "": none) is active while nothing is stored.
 */
VtState *
vt_state_new (const char *state_dir, const char *volatile_dir, const char *default_profile);
void vt_state_free (VtState *state);

/*
 * Locks the folder and reads the log; does nothing where that was done before. Damaged records are
 * copied to a damaged file and dropped with all behind them. What another boot wrote is reduced to
 * what outlives a boot. VT_ERROR_STATE: the folder cannot be used; a later call tries again.
 */
gboolean
vt_state_load (VtState *state, const char *boot_id, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The active settings. (transfer full). Any thread. */
VtActive *vt_state_ref_active (VtState *state);
/* The same; the state's. */
const VtActive *vt_state_get_active (const VtState *state);
/* Those of the provisional apply, else the active settings: what is in force. The state's. */
const VtActive *vt_state_get_effective (const VtState *state);

/* A provisional apply. */
typedef struct
{
  guint64 apply_id;
  gint64 deadline;  /* µs of CLOCK_BOOTTIME */
  VtActive *active; /* if it is confirmed; a reference */
} VtProvisional;

/* NULL: there is none. (transfer full). Any thread. */
VtProvisional *vt_state_get_provisional (VtState *state);
void vt_provisional_free (VtProvisional *provisional);

/* The change under way; NULL: none. The state's. */
const VtChange *vt_state_get_change (const VtState *state);

/* key → VtRecord of each attribute that is changed now; the state's. */
GHashTable *vt_state_get_records (const VtState *state);
/* NULL: that attribute is not changed. The state's. */
const VtRecord *vt_state_get_record (const VtState *state, const char *key);

/*
 * Returns the next change id, below 2^53 so that JSON readers keep it exact. The id of a change
 * that was begun is not given again, also in later boots.
 * After damage, when the last id is not known, ids continue from a random number.
 */
guint64 vt_state_take_id (VtState *state);

/* Who makes a change: how safe its begin must be, and how much room it may use. */
typedef enum
{
  VT_CHANGE_BY_HOST,  /* on disk before it returns. The log is filled to a third at most */
  VT_CHANGE_BY_AGENT, /* makes the active settings hold, at start or on hot-plug. After a power cut
                       * the kernel has its own values again, and the agent starts anew: the record
                       * need only survive this process. The log is filled to two fifths */
  VT_CHANGE_ROLLBACK, /* on disk before it returns; may use all of the log: its entries hold each
                       * value once more than the records do */
} VtChangeKind;

/*
 * Records that @entries (of VtRecord) are about to change. At most VT_RECORDS_MAX attributes may be
 * changed at one time. FALSE (VT_ERROR_STATE): nothing may be changed.
 */
gboolean vt_state_begin (VtState *state,
                         VtChangeKind kind,
                         guint64 id,
                         const GPtrArray *entries,
                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

/*
 * Records, on disk, that the change under way was made and is undone at @deadline unless it is
 * confirmed; @entries (of VtRecord) as they are now, @active: the settings if it is confirmed (not
 * consumed). FALSE (VT_ERROR_STATE): it is not provisional, and must be undone.
 */
gboolean vt_state_hold (VtState *state,
                        const GPtrArray *entries,
                        VtActive *active,
                        gint64 deadline,
                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

/*
 * Records, on disk, that the change under way is no longer provisional and must be undone. FALSE
 * (VT_ERROR_STATE): it still is provisional.
 */
gboolean vt_state_cancel (VtState *state, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/*
 * Ends the change under way, if there is one: it was made. @active: the new active settings (not
 * consumed), on disk when it returns; NULL: they stay.
 * FALSE (VT_ERROR_STATE), with @active: nothing has ended. Without: it has, but in memory only; the
 * next record that is written makes up for it, and until then a start would undo the change.
 */
gboolean vt_state_commit (VtState *state,
                          const VtRecordChanges *changes,
                          VtActive *active,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

/*
 * Ends the change under way: it was undone. FALSE (VT_ERROR_STATE): in memory only, as for
 * vt_state_commit() without active settings.
 */
gboolean vt_state_undo (VtState *state,
                        const VtRecordChanges *changes,
                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* In memory; written with the next record. Copies @record, less its before. */
void vt_state_put_record (VtState *state, const VtRecord *record);
void vt_state_drop_record (VtState *state, const char *key);
/* Writes what those two have changed. Not during a change. VT_ERROR_STATE. */
gboolean vt_state_flush (VtState *state, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether on disk a change is still under way that has ended. Then nothing may change that is not
 * begun first. */
gboolean vt_state_is_behind (const VtState *state);

/* Whole paths of files with damaged state, found now or earlier. (transfer full) */
GPtrArray *vt_state_list_damaged (const VtState *state);

/* What people should look after: a volatile folder in use, damaged files. Texts; (transfer full) */
GPtrArray *vt_state_list_warnings (const VtState *state);

/*
 * The state of @folder, as a start with @boot_id would find it, as indented JSON, for people;
 * changes nothing and takes no lock. NULL: VT_ERROR_STATE. (transfer full)
 */
char *
vt_state_dump (const char *folder, const char *boot_id, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtState, vt_state_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtProvisional, vt_provisional_free)
