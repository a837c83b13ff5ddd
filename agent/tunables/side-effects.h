/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the kernel changes by itself when an attribute is written. The table in side-effects.c lists
 * all such couplings among the attributes of the tunables, with the kernel's source file.
 */

#include "agent/tunables/tunable.h"

typedef enum
{
  VT_SIDE_EFFECT_CHANGES, /* the write may change the other attribute, which has a later rank */
  VT_SIDE_EFFECT_ZEROES,  /* the write sets the other attribute to 0: only one of both is active */
} VtSideEffectKind;

typedef struct
{
  const char *written; /* key; "*" stands for the device */
  const char *changed; /* key; "*" stands for the same device */
  VtSideEffectKind kind;
} VtSideEffect;

/* The rows of the table. *@ret_n: their number. */
const VtSideEffect *vt_side_effects_list (guint *ret_n);

/* Sets "counterpart" and "disturbs" of @attribute, which has neither yet. */
void vt_side_effects_fill (VtAttribute *attribute);
