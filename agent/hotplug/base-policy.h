/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What is wanted where nobody wants anything: plugged memory is brought
 * online. The lowest layer of settings; it applies nothing itself.
 */

#include <glib.h>

#include "agent/kernel/kernel-fs.h"
#include "protocol/settings.h"

/*
 * Whether the operator chose the kernel's onlining policy on its command line
 * (memhp_default_state=, admin-guide/kernel-parameters).
 */
gboolean vt_memory_policy_from_cmdline (const VtKernelFs *fs);

/*
 * @memory_word: one of the kernel's words (offline, online, online_kernel,
 * online_movable), or "off" or NULL: the kernel's own value is left alone, as
 * it is where its command line sets one. The caller has checked the word.
 * Returns: (transfer full): maybe empty
 */
VtSettings *vt_base_policy (const VtKernelFs *fs, const char *memory_word);
