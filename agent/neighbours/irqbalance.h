/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Tells whether irqbalance places this guest's interrupts; the agent then
 * leaves them alone. It reads files only: no bus, no program.
 */

#include <glib.h>

#include "agent/kernel/kernel-fs.h"

/* TRUE: irqbalance runs, or systemd is to start it later in this boot. */
gboolean vt_irqbalance_runs (const VtKernelFs *fs);
