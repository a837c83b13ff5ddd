/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The file state.log: one record a line (log-text.h). Records are appended, or the whole file is
 * replaced. A checksum covers the record and the checksum before it, so a record is valid only in
 * its own place. The newline of an appended record is written when the
 * record is on disk: where the disk fails so that the record cannot even be removed, no process
 * takes it for written. This module does not know what a record says.
 */

#include <glib.h>
#include <json-glib/json-glib.h>

#define VT_STATE_LOG_FILE "state.log"

typedef struct VtStateLog VtStateLog;

/*
 * Reads the file in @folder (whole path). Creates nothing.
 * Returns (transfer full): VT_ERROR_STATE where the folder cannot be used.
 */
VtStateLog *vt_state_log_open (const char *folder, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void vt_state_log_free (VtStateLog *log);

/* The records that the file held when it was opened, up to the first that fails its check. Of
 * JsonObject; the log's. NULL: there was no file, or something was written since. */
const GPtrArray *vt_state_log_get_records (const VtStateLog *log);

/*
 * The record behind these that has no newline; NULL: there is none. A process of the boot that
 * wrote it must not use it: its writer may have been told that it is not written. After a power cut
 * it counts: it was on disk, and the newline may have been lost. The log's.
 */
JsonObject *vt_state_log_get_unfinished (const VtStateLog *log);

/* Whether records were dropped for damage, by this process. */
gboolean vt_state_log_is_damaged (const VtStateLog *log);

/*
 * Drops the record @index and all behind it, of those that were read: the caller cannot use them.
 * A copy is kept as a damaged file; @why is logged. FALSE (VT_ERROR_STATE): @index is 0, and the
 * file cannot be renamed.
 */
gboolean vt_state_log_reject (VtStateLog *log, guint index, const char *why, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Whether the file must be replaced before a record can be appended. */
gboolean vt_state_log_needs_replace (const VtStateLog *log);
/* Bytes of the file, and of its first record. */
gsize vt_state_log_get_size (const VtStateLog *log);
gsize vt_state_log_get_first_size (const VtStateLog *log);

/*
 * Appends @record (not consumed), where the file then has @max bytes at most. @durable: returns
 * when it is on disk; else it survives the end of this process, but maybe not a power cut.
 * VT_ERROR_STATE: the file holds the same records as before.
 */
gboolean vt_state_log_append (VtStateLog *log,
                              JsonObject *record,
                              gsize max,
                              gboolean durable,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;

/*
 * Replaces the file by one that holds @records (of JsonObject) and has @max bytes at most. Always
 * durable. VT_ERROR_STATE: the old file is still there.
 */
gboolean vt_state_log_replace (VtStateLog *log, const GPtrArray *records, gsize max, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtStateLog, vt_state_log_free)
