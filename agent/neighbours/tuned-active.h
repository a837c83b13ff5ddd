/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Whether TuneD runs in this guest, and what it sets: two who write the same
 * attributes never agree. It asks the files that TuneD and systemd leave, no
 * bus and no program, and changes nothing.
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

/* VT_ERROR_REFUSED names what both set, and what to do. @wanted's nulls don't count. */
gboolean vt_tuned_active_permits (const VtTunedActive *tuned,
                                  const VtSettings *wanted,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtTunedActive, vt_tuned_active_free)
