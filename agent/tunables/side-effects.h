/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the kernel changes by itself when an attribute is written, or when the agent brings memory
 * or CPUs online. The table in side-effects.c lists all such couplings among the attributes of the
 * tunables, with the kernel's source file; kernel/sysctl-pairs.c has those where one write sets the
 * other attribute to 0.
 */

#include "agent/tunables/tunable.h"

typedef enum
{
  VT_SIDE_EFFECT_CHANGES,   /* the write may change the other attribute, which has a later rank */
  VT_SIDE_EFFECT_OF_MEMORY, /* the kernel may set the attribute when memory comes or goes */
  VT_SIDE_EFFECT_OF_CPUS,   /* the same when CPUs come or go */
} VtSideEffectKind;

typedef struct
{
  const char *written; /* key; "*" stands for the device; NULL: hot-plug */
  const char *changed; /* key; "*" stands for the same device */
  VtSideEffectKind kind;
} VtSideEffect;

/* The rows of the table. *@ret_n: their number. */
const VtSideEffect *vt_side_effects_list (guint *ret_n);

/* Sets what the table says of @attribute, in an attribute of which nothing is set yet. */
void vt_side_effects_fill (VtAttribute *attribute);
