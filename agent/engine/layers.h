/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Stacks base policy, profiles, settings and overlay, lowest first, into the
 * layers of wants. It decides nothing.
 */

#include <glib.h>

#include "agent/engine/want.h"
#include "agent/profiles/profile.h"
#include "agent/state/active.h"

typedef struct
{
  const VtSettings *base; /* may be NULL */
  const VtActive *active;
  const VtProfileStore *profiles;
  const VtApplyRequest *request; /* its wants are fresh; NULL: none are */
  GPtrArray *ignored; /* of char *: what the profiles ask and nobody carries out is appended; may be
                         NULL */
} VtStack;

/* NULL: a profile can't be loaded (VT_ERROR_INVALID_ARGUMENT). (transfer full) */
VtWants *vt_layers_stack (const VtStack *stack, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same without what can't be loaded, of which *@ret_complete and @ignored tell. */
VtWants *vt_layers_stack_what_loads (const VtStack *stack, gboolean *ret_complete);
