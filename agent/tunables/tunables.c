/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/tunables/tunable.h"

const VtTunable *const vt_tunables[] = {
  NULL,
};
