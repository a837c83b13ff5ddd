/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Creates the layers that profile.h declares. Only for files in this folder. */

#include "agent/profiles/profile.h"

/* A layer without settings. (transfer full) */
VtProfileLayer *vt_profile_layer_new (const char *name, const char *path);
