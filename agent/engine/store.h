/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One file of the state folder: a JSON object with a version and a checksum
 * round it, for a person to read. Replaced as a whole, so that at any instant
 * either the old content is there or the new. What is not as it was written
 * is never believed: it is set aside under another name. It knows nothing of
 * what is inside.
 */

#include <glib.h>
#include <json-glib/json-glib.h>

#define VT_STORE_MAX         (16 * 1024 * 1024) /* bytes of one file */
#define VT_STORE_MAX_DAMAGED 5 /* files set aside under one name; the last is overwritten */

/*
 * Makes the folder, for root alone, where it is absent, and takes it for as
 * long as the descriptor is open (flock(2)). -1: VT_ERROR_STATE, also where
 * another agent has it.
 */
int vt_store_take (const char *folder, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/*
 * *@ret stays NULL where there is no such file, or where it was damaged and
 * set aside. FALSE: VT_ERROR_STATE, the folder can't be used. (transfer full)
 */
gboolean vt_store_load (const char *folder, const char *name, JsonObject **ret, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/*
 * What of a saved file is so when vt_store_save() returns. The bytes are on disk in any case: a
 * file whose name only is would be an empty one after a reset. With the name, it is a second wait.
 */
typedef enum
{
  VT_STORE_WHOLE,   /* it is there for a successor; a reset leaves it or the old one */
  VT_STORE_DURABLE, /* a reset leaves it */
} VtStoreSync;

/*
 * Replaces the file, mode 0600, by one of @max bytes at most. Nothing is consumed.
 * VT_ERROR_STATE: the file is the one that was there.
 */
gboolean vt_store_save (const char *folder,
                        const char *name,
                        JsonObject *content,
                        VtStoreSync sync,
                        GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean vt_store_save_within (const char *folder,
                               const char *name,
                               JsonObject *content,
                               gsize max,
                               VtStoreSync sync,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Renames the file to NAME.damaged-N and logs @why. VT_ERROR_STATE. */
gboolean vt_store_set_aside (const char *folder, const char *name, const char *why, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Whole paths of what was set aside of @name, now or by a predecessor. (transfer full) */
GPtrArray *vt_store_list_damaged (const char *folder, const char *name);
