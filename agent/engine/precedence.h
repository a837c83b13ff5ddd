/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Which setting takes precedence for each attribute of the guest: that of the highest layer. Of a
 * pair of which only one member can be in force (vm.dirty_bytes, vm.dirty_ratio), one is hidden. It
 * decides on no value.
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
/* The setting that its counterpart hides; NULL: there is none. */
const VtWant *vt_precedence_get_hidden (const VtPrecedence *precedence,
                                        const VtAttribute *attribute);
/* Why no setting takes precedence; NULL: one does, or there is none. */
const GError *vt_precedence_get_fault (const VtPrecedence *precedence,
                                       const VtAttribute *attribute);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtPrecedence, vt_precedence_free)
