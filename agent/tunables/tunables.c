/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/tunables/tunables.h"

const VtTunable *const vt_tunables[] = {
  &vt_tunable_block,   &vt_tunable_memory, &vt_tunable_net_channels, &vt_tunable_net_irq_affinity,
  &vt_tunable_net_xps, &vt_tunable_sysctl, &vt_tunable_vm,           NULL,
};
