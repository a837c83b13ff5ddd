/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Makes the layers (want.h) from base policy, profiles, stored and transient settings, lowest
 * first.
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
  const VtApplyRequest *request; /* the present request; NULL: none */
  GPtrArray *ignored; /* of char *: gets what the profiles ask for and the agent does not carry out;
                         may be NULL */
} VtStack;

/*
 * Leaves out an active profile that cannot be loaded, for example since a profile that it includes
 * was removed: then *@ret_complete is FALSE.
 * NULL: the profile that the request names cannot be loaded (VT_ERROR_INVALID_ARGUMENT). Without a
 * request it is never NULL. (transfer full)
 */
VtWants *vt_layers_stack (const VtStack *stack, gboolean *ret_complete, GError **error);

/* FALSE: an active profile cannot be loaded; the text says which, and why. */
gboolean vt_layers_check (const VtStack *stack, GError **error) G_GNUC_WARN_UNUSED_RESULT;
