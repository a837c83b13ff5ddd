/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "agent/tunables/tunable.h"
#include "protocol/settings.h"

/*
 * For people who asked for @setting, which no tunable has: which ones they may have meant, and
 * where all are listed. (transfer full)
 */
char *vt_advise_unknown_setting (const VtTunable *const *tunables, const VtSetting *setting);
