/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The base policy: the lowest layer of settings. It applies unless a profile
 * or a host sets something else. It brings plugged memory online.
 * This module only makes the settings; the engine applies them.
 */

#include <glib.h>

#include "agent/kernel/kernel-fs.h"
#include "protocol/settings.h"

/*
 * Whether the kernel's command line sets the onlining policy
 * (memhp_default_state=, admin-guide/kernel-parameters).
 */
gboolean vt_memory_policy_from_cmdline (const VtKernelFs *fs);

/*
 * @memory_policy: a policy of the kernel (offline, online, online_kernel,
 * online_movable), already checked by the caller. "off" or NULL: don't change
 * the kernel's own policy.
 * Returns: (transfer full): the settings; empty for "off" and NULL, and if the
 * kernel's command line sets a policy
 */
VtSettings *vt_base_policy (const VtKernelFs *fs, const char *memory_policy);
