/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the attributes were before us, written down before the first of them is
 * written: journal.json in the state folder. It belongs to one boot, for the
 * kernel's values are gone after it. It knows no attribute and restores
 * nothing: who reads it decides what may still be written back.
 *
 *   records      what stands changed: original, wanted
 *   under-way    the change that was begun and not settled: before, wanted;
 *                and where it was carried out on trial, until when
 */

#include <glib.h>
#include <json-glib/json-glib.h>

#include "agent/engine/record.h"
#include "agent/engine/store.h"

#define VT_JOURNAL_FILE "journal.json"
#define VT_JOURNAL_MAX  8192 /* attributes */

typedef struct VtJournal VtJournal;

/* A change that was carried out and is undone unless it is confirmed in time. */
typedef struct
{
  gint64 deadline;    /* µs of CLOCK_BOOTTIME */
  JsonObject *active; /* what becomes active if it is confirmed, as its owner stores it */
} VtTrial;

/*
 * A damaged journal is set aside; of that of another boot only the last number is kept.
 * NULL: VT_ERROR_STATE, the folder can't be used.
 */
VtJournal *
vt_journal_open (const char *folder, const char *boot_id, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void vt_journal_free (VtJournal *journal);

/* key → VtRecord of what stands changed; the journal's. */
GHashTable *vt_journal_get_records (VtJournal *journal);
const VtRecord *vt_journal_get (VtJournal *journal, const char *key);

/* Of VtRecord: the change that was begun and not settled; NULL: none. The journal's. */
const GPtrArray *vt_journal_get_unfinished (VtJournal *journal);
guint64 vt_journal_get_unfinished_id (VtJournal *journal);
/* What is known of its trial; NULL: it is on none. The journal's. */
const VtTrial *vt_journal_get_trial (VtJournal *journal);

/*
 * The number of the next change, below 2^53: another than any before it, also in earlier boots.
 * After damage nobody knows the last one, and they go on from a random number.
 */
guint64 vt_journal_take_id (VtJournal *journal);
/* @id was taken: the next is larger. */
void vt_journal_skip_id (VtJournal *journal, guint64 id);

/*
 * Writes down, as durably as @sync says, that what @entries (of VtRecord) say
 * is about to change. FALSE (VT_ERROR_STATE): nothing may be changed. It takes no more than can be
 * taken back: VT_JOURNAL_MAX attributes stand changed, and a third of the file's bytes is filled,
 * for a roll-back's entries hold each value once more than what stands changed does.
 */
gboolean vt_journal_begin (VtJournal *journal,
                           guint64 id,
                           const GPtrArray *entries,
                           VtStoreSync sync,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same for a roll-back, which may use all the room. */
gboolean vt_journal_begin_back (VtJournal *journal,
                                guint64 id,
                                const GPtrArray *entries,
                                VtStoreSync sync,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

/*
 * Writes down, durably, that the change under way was carried out and is on
 * @trial (copied); @entries (of VtRecord) as they have become. FALSE
 * (VT_ERROR_STATE): it is not, and is to be undone.
 */
gboolean vt_journal_await (VtJournal *journal,
                           const GPtrArray *entries,
                           const VtTrial *trial,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

/*
 * Writes down, durably, that the change under way is on trial no more: a start undoes it. FALSE
 * (VT_ERROR_STATE): the trial goes on.
 */
gboolean vt_journal_cancel (VtJournal *journal, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* In memory, until the next vt_journal_settle(). Copies @record, less its before. */
void vt_journal_put (VtJournal *journal, const VtRecord *record);
void vt_journal_drop (VtJournal *journal, const char *key);

/*
 * No change is under way any more; writes the file where it differs.
 * FALSE (VT_ERROR_STATE): the next begin or settle writes it, and if none
 * comes, the change is undone at the next start.
 */
gboolean vt_journal_settle (VtJournal *journal, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Whether that has failed: then nothing may change that is not begun. */
gboolean vt_journal_is_behind (const VtJournal *journal);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtJournal, vt_journal_free)
