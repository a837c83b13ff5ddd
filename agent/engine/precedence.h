/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Who has the word on each attribute that is there, once for all: the layers'
 * answer, and of a pair that excludes each other the higher layer's member.
 * It decides on no value.
 */

#include <glib.h>

#include "agent/engine/attributes.h"
#include "agent/engine/want.h"

typedef struct VtPrecedence VtPrecedence;

/* Points into both, which must outlive it. Returns: (transfer full) */
VtPrecedence *vt_precedence_new (const VtAttributes *attributes, const VtWants *wants);
void vt_precedence_free (VtPrecedence *precedence);

/* What is wanted of @attribute; NULL: nothing. @attribute may be NULL. */
const VtWant *vt_precedence_get (const VtPrecedence *precedence, const VtAttribute *attribute);
/* What would be wanted, were its counterpart not; NULL: nothing. */
const VtWant *vt_precedence_get_hidden (const VtPrecedence *precedence,
                                        const VtAttribute *attribute);
/* Why nobody can say what is wanted; NULL: one can. */
const GError *vt_precedence_get_fault (const VtPrecedence *precedence,
                                       const VtAttribute *attribute);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtPrecedence, vt_precedence_free)
