/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Simulates what the kernel stores on a write, for fixture trees: it moves
 * the brackets of a choice, refuses a value that is not offered, and returns
 * columns separated by tabs. It covers only what tests need and is not a
 * model of the kernel. Pure: text in, text out. It is never used with the
 * root "/".
 */

#include <glib.h>

/*
 * Computes the text that a file shows after a write of @value. @before: its
 * text before the write. @ret: (transfer full): the new text.
 * Returns: 0 or a negative errno; -EINVAL: the kernel would not accept @value.
 */
int vt_simulated_write (const char *path, const char *before, const char *value, char **ret)
    G_GNUC_WARN_UNUSED_RESULT;

/* The path of another file that a write to @path may change; NULL: none. Static. */
const char *vt_simulated_find_disturbed (const char *path);
/* What that file, which showed @before, shows after a write of @value to @path. (transfer full) */
char *vt_simulated_disturb (const char *path, const char *value, const char *before);

/* Returns: (transfer full): the path of the file that a write to @path sets to 0; NULL: none */
char *vt_simulated_find_zeroed (const char *path);
