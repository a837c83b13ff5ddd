/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Declares the tunables. Each is defined at the end of its file. Only those
 * files and the table in tunables.c include this.
 */

#include "agent/tunables/tunable.h"

extern const VtTunable vt_tunable_block;            /* block.c */
extern const VtTunable vt_tunable_memory;           /* memory.c */
extern const VtTunable vt_tunable_net_channels;     /* net-channels.c */
extern const VtTunable vt_tunable_net_irq_affinity; /* net-irq-affinity.c */
extern const VtTunable vt_tunable_net_xps;          /* net-xps.c */
extern const VtTunable vt_tunable_sysctl;           /* sysctl.c */
extern const VtTunable vt_tunable_vm;               /* vm.c */
