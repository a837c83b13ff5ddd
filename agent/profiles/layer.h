/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Makes the layers of profile.h; for the files of this folder alone. */

#include "agent/profiles/profile.h"

/* Without settings. (transfer full) */
VtProfileLayer *vt_profile_layer_new (const char *name, const char *path);
