/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Tells whether irqbalance distributes this guest's interrupts. Then the agent
 * doesn't change them. It only reads files: it uses no bus and runs no program.
 */

#include <glib.h>

#include "agent/kernel/kernel-fs.h"

/* TRUE: irqbalance runs, or systemd will start it later in this boot. */
gboolean vt_irqbalance_runs (const VtKernelFs *fs);
