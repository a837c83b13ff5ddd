/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The inside of VtState, for the files that implement it: state.c, change.c, dump.c. */

#include "agent/state/state-log.h"
#include "agent/state/state.h"

struct VtState
{
  char *state_dir;
  char *volatile_dir; /* NULL: there is none */
  const char *folder; /* the one of the two that is used */
  int lock;           /* descriptor of the locked folder; -1: not locked */
  VtStateLog *log;    /* NULL: not loaded */
  gboolean behind;
  gboolean has_old_files;
  GHashTable *unwritten; /* set of keys whose record differs from that on disk */
  VtActive *fallback;    /* active while nothing is stored */
  GMutex mutex;          /* of what any thread may read: content's active and change */
  VtContent *content;
};

/* Takes @change; NULL: none is under way. */
void vt_state_set_change (VtState *state, VtChange *change);
/* Takes @active. */
void vt_state_set_active (VtState *state, VtActive *active);

/*
 * Appends @record (not consumed) to the log; where that is not possible, or the log has grown,
 * replaces the file by a snapshot of the content and @record. Arguments and errors as for
 * vt_state_log_append().
 */
gboolean vt_state_write (VtState *state,
                         JsonObject *record,
                         gsize max,
                         gboolean durable,
                         GError **error) G_GNUC_WARN_UNUSED_RESULT;
