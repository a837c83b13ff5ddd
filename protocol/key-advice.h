/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/*
 * Guesses which key the user meant by @key, whose section is unknown.
 * @sections: the known sections; ends with NULL.
 * Returns: (transfer full): "'block/vda/scheduler'" for blok/vda/scheduler,
 * "'sysctl/vm.swappiness'" for vm.swappiness; NULL: no key is similar
 */
char *vt_key_advise (const char *key, const char *const *sections);
