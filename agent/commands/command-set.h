/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Which commands the configuration leaves to a host, in qemu-ga's words and
 * sense (qemu-ga(8)): with an allow-list all others are blocked, then the
 * block-list is taken away. It does not change once it is made.
 */

#include <glib.h>

typedef struct VtCommandSet VtCommandSet;

/* @allow, @block: names; NULL: no such list. Names that are no commands have no effect. */
VtCommandSet *vt_command_set_new (const char *const *allow, const char *const *block);
void vt_command_set_free (VtCommandSet *set);

gboolean vt_command_set_allows (const VtCommandSet *set, const char *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtCommandSet, vt_command_set_free)
