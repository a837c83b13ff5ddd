/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Pairs of sysctls that set the same thing in two units, such as bytes and percent. Only one of a
 * pair is active: writing it sets the other one to 0.
 */

/* The other one of the pair of @name ("vm.dirty_bytes"); NULL: it has none. Static. */
const char *vt_sysctl_find_pair (const char *name);
