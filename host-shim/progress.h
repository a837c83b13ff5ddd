/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A progress bar: one line on standard error that is overwritten at each
 * update, and removed when the bar is freed. It shows nothing if standard error
 * is no terminal. @unit is not escaped, so it must not come from a guest.
 */

#include <glib.h>

typedef struct VtProgress VtProgress;

/* @quiet: shows nothing. @unit: what is counted, such as "blocks"; a static string. */
VtProgress *vt_progress_new (gboolean quiet, const char *unit);
void vt_progress_free (VtProgress *progress);

void vt_progress_show (VtProgress *progress, guint64 done, guint64 of);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtProgress, vt_progress_free)
