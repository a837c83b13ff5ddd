/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the durable state says, in memory, and its records as JSON. A record changes the content;
 * replaying all records of the file gives the content that was last written:
 *
 *   snapshot     all of it: always the first record, and no other is one
 *   begin        a change is under way: @entries are about to be written
 *   provisional  the change under way was made; it is undone at @deadline unless confirmed
 *   cancel       the change under way is no longer provisional: it must be undone
 *   commit       the change under way was made, or confirmed: @set and @dropped are the records
 *                that differ now; @active are the active settings, where they differ
 *   undo         the change under way was undone; @set and @dropped as for commit
 *   records      nothing is under way; @set and @dropped as for commit
 *
 * It does no I/O and decides nothing.
 */

#include <glib.h>
#include <json-glib/json-glib.h>

#include "agent/state/active.h"
#include "agent/state/record.h"

#define VT_CONTENT_VERSION 2    /* of a snapshot; 1 was that of two files (old-state.h) */
#define VT_RECORDS_MAX     8192 /* attributes that may be changed at one time */

/* A change that was begun and has not ended. */
typedef struct
{
  guint64 id;            /* 0: the agent makes it by itself */
  GPtrArray *entries;    /* of VtRecord, with their before */
  VtActive *provisional; /* the active settings if it is confirmed; NULL: it is not provisional */
  gint64 deadline;       /* of a provisional one: µs of CLOCK_BOOTTIME */
} VtChange;

typedef struct
{
  char *boot_id;       /* of the boot that the records are valid for */
  guint64 last_id;     /* the last change id in use */
  GHashTable *records; /* key → VtRecord: attributes that are changed now */
  VtChange *change;    /* under way; NULL: none */
  VtActive *active;    /* NULL: none were ever stored */
} VtContent;

/* Nothing is stored. */
VtContent *vt_content_new (const char *boot_id);
void vt_content_free (VtContent *content);

/* Copies @entries (of VtRecord). */
VtChange *vt_change_new (guint64 id, const GPtrArray *entries);
void vt_change_free (VtChange *change);

/* Of copies of VtRecord. (transfer full) */
GPtrArray *vt_records_copy (const GPtrArray *records);

/* Takes a copy of @record, less its before, into @records (key → VtRecord). */
void vt_records_put (GHashTable *records, const VtRecord *record);

/*
 * Replays one record. *@content is NULL before the first. FALSE (VT_ERROR_INVALID_ARGUMENT): it is
 * no record that this module writes, or cannot follow those before; *@content is unchanged.
 */
gboolean vt_content_replay (VtContent **content,
                            JsonObject *record,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/*
 * The guest has booted since @content was written: the kernel has its own values again, so the
 * records, the change under way and the transient settings no longer apply.
 */
void vt_content_enter_boot (VtContent *content, const char *boot_id);

/* The records as JSON. All (transfer full). */
JsonObject *vt_content_to_snapshot (const VtContent *content);
JsonObject *vt_content_begin_to_json (const VtChange *change);
JsonObject *
vt_content_provisional_to_json (const GPtrArray *entries, const VtActive *active, gint64 deadline);
JsonObject *vt_content_cancel_to_json (void);

typedef enum
{
  VT_END_COMMIT,
  VT_END_UNDO,
  VT_END_RECORDS,
} VtEnd;

/*
 * @keys: set of the keys that differ. Each is set to its record in @records, or dropped where it
 * has none. @active NULL: the active settings stay.
 */
JsonObject *
vt_content_end_to_json (VtEnd end, GHashTable *keys, GHashTable *records, const VtActive *active);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtContent, vt_content_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtChange, vt_change_free)
