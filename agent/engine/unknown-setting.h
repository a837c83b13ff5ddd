/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "agent/tunables/tunable.h"
#include "protocol/settings.h"

/*
 * Advice for a user who named @setting, which no tunable has.
 * Returns: (transfer full): which settings the user may have meant, and which ones exist, for an
 * error message
 */
char *vt_advise_unknown_setting (const VtTunable *const *tunables, const VtSetting *setting);
