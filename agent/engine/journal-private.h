/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The journal's inside, for the two files that are it: what it knows, and how its file says it. */

#include "agent/engine/journal.h"

struct VtJournal
{
  char *folder;
  char *boot_id;
  GHashTable *records;   /* key → VtRecord */
  GPtrArray *unfinished; /* of VtRecord; NULL: nothing is under way */
  guint64 unfinished_id;
  VtTrial trial; /* of the unfinished; active NULL: it is on none */
  guint64 last_id;
  gboolean differs; /* from what is on disk */
  gboolean behind;  /* on disk a change is under way that is over */
};

/*
 * Takes what @content says. FALSE (VT_ERROR_INVALID_ARGUMENT): it is not what we write.
 * *@ret_foreign: it is, of another boot, and only its last number was taken.
 */
gboolean vt_journal_read (VtJournal *journal,
                          JsonObject *content,
                          gboolean *ret_foreign,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The file of @max bytes at most says what the journal knows. VT_ERROR_STATE: it says the same as
 * before. */
gboolean vt_journal_write (VtJournal *journal, gsize max, VtStoreSync sync, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
