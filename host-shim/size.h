/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Bytes for people, in binary units, the same in every locale.
 */

#include <glib.h>

/* "128 MiB", "7.5 GiB", "12 B". (transfer full) */
char *vt_size_to_string (guint64 bytes);
