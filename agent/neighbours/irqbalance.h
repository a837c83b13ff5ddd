/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Whether irqbalance places this guest's interrupts, so that nobody else
 * should. It asks nobody: files say so.
 */

#include <glib.h>

#include "agent/kernel/kernel-fs.h"

/* Runs, or will once the boot has got so far. */
gboolean vt_irqbalance_runs (const VtKernelFs *fs);
