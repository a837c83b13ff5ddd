/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The variables of a profile. Expands ${name} in values, once, to a bounded
 * length. TuneD's functions (${f:exec:…} runs programs) and ${i:PROFILE_DIR}
 * are not carried out: expanding a value with one of them fails.
 */

#include <glib.h>

typedef struct VtVariables VtVariables;

VtVariables *vt_variables_new (void);
void vt_variables_free (VtVariables *variables);

/* @value may use variables that were set before. FALSE: the variable gets no value; @ret_reason
 * (transfer full) tells why. */
gboolean vt_variables_set (VtVariables *variables,
                           const char *name,
                           const char *value,
                           char **ret_reason) G_GNUC_WARN_UNUSED_RESULT;

/* NULL: @value can't be expanded; @ret_reason (transfer full) tells why. "\${x}" becomes the plain
 * text "${x}". */
char *vt_variables_expand (const VtVariables *variables,
                           const char *value,
                           char **ret_reason) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtVariables, vt_variables_free)
