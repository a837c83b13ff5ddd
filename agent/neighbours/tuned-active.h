/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Tells whether TuneD runs in this guest, and what it sets: the agent and
 * TuneD must not both write an attribute. It reads the files of TuneD and
 * systemd only (no bus, no program) and changes nothing.
 */

#include <glib.h>

#include "agent/kernel/kernel-fs.h"
#include "agent/profiles/profile.h"

typedef struct
{
  char *profile;   /* as TuneD names it; several with blanks between; NULL: unknown */
  GPtrArray *sets; /* of VtSetting: what its profile sets, as far as we can read it */
} VtTunedActive;

/* NULL where TuneD does not run. (transfer full) */
VtTunedActive *vt_tuned_active_find (const VtKernelFs *fs, const VtProfileStore *profiles);
void vt_tuned_active_free (VtTunedActive *tuned);

/* "tuned.service is active (profile X) and sets: …". (transfer full) */
char *vt_tuned_active_describe (const VtTunedActive *tuned);

/* VT_ERROR_REFUSED: TuneD sets keys of @wanted too; the message lists them and says what to do.
 * Settings of @wanted without value don't count. */
gboolean vt_tuned_active_permits (const VtTunedActive *tuned,
                                  const VtSettings *wanted,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtTunedActive, vt_tuned_active_free)
