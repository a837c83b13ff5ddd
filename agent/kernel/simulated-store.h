/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the kernel makes of a write, for a tree of plain files that stands in
 * for its own: the brackets of a choice move, what is not offered is EINVAL,
 * columns come back with tabs. Pure: text in, text out. It is not a model of
 * the kernel, and nothing of it runs where the root is "/".
 */

#include <glib.h>

/*
 * The text that a file which held @before would show after @value was
 * written. Returns: 0 or a negative errno. @ret: (transfer full)
 */
int vt_simulated_store (const char *path, const char *before, const char *value, char **ret)
    G_GNUC_WARN_UNUSED_RESULT;

/* The file that a write to @path sets to 0; NULL: none. (transfer full) */
char *vt_simulated_zeroes (const char *path);
