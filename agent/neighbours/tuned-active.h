/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Tells whether TuneD runs in this guest and which attributes it sets, because
 * the agent and TuneD must not both write an attribute. It only reads files of
 * TuneD and systemd: it uses no bus, runs no program, and changes nothing.
 */

#include <glib.h>

#include "agent/kernel/kernel-fs.h"
#include "agent/profiles/profile.h"

typedef struct
{
  char *profile;   /* TuneD's active profile, or several separated by blanks; NULL: unknown */
  GPtrArray *sets; /* of VtSetting: what that profile sets, as far as the agent can read it */
} VtTunedActive;

/* NULL: TuneD doesn't run. (transfer full) */
VtTunedActive *vt_tuned_active_find (const VtKernelFs *fs);
void vt_tuned_active_free (VtTunedActive *tuned);

/* "tuned.service is active (profile X) and sets: …". (transfer full) */
char *vt_tuned_active_describe (const VtTunedActive *tuned);

/* VT_ERROR_REFUSED: TuneD also sets keys of @wanted; the message lists them and tells what to do.
 * Settings of @wanted that have no value are not checked. */
gboolean vt_tuned_active_permits (const VtTunedActive *tuned,
                                  const VtSettings *wanted,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtTunedActive, vt_tuned_active_free)
