/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/*
 * What somebody may have meant by @key, whose section is none of @sections (ends with NULL):
 * "'block/vda/scheduler'" for blok/vda/scheduler, "'sysctl/vm.swappiness'" for vm.swappiness.
 * NULL: nothing is near. (transfer full)
 */
char *vt_key_advise (const char *key, const char *const *sections);
