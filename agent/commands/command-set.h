/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The set of commands that the configuration permits to a host. The lists mean
 * what they mean in qemu-ga(8): an allow list permits only its commands; a
 * command on the block list is never permitted. The set is immutable.
 */

#include <glib.h>

typedef struct VtCommandSet VtCommandSet;

/* @allow, @block: command names; NULL: no list. Unknown names have no effect. */
VtCommandSet *vt_command_set_new (const char *const *allow, const char *const *block);
void vt_command_set_free (VtCommandSet *set);

gboolean vt_command_set_allows (const VtCommandSet *set, const char *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtCommandSet, vt_command_set_free)
