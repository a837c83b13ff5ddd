/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The variables of a profile: ${name} in values, expanded once and bounded.
 * TuneD's functions (${f:exec:…}, which run programs) and ${i:PROFILE_DIR}
 * are not carried out: a value that holds one has no value.
 */

#include <glib.h>

typedef struct VtVariables VtVariables;

VtVariables *vt_variables_new (void);
void vt_variables_free (VtVariables *variables);

/* @value may name variables that were set before. FALSE: it has none; @ret_reason (transfer full)
 * says why. */
gboolean vt_variables_set (VtVariables *variables,
                           const char *name,
                           const char *value,
                           char **ret_reason) G_GNUC_WARN_UNUSED_RESULT;

/* NULL: it can't be expanded; @ret_reason (transfer full) says why. "\${x}" stands for a plain
 * "${x}". */
char *vt_variables_expand (const VtVariables *variables,
                           const char *value,
                           char **ret_reason) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtVariables, vt_variables_free)
