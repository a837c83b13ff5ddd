/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * How far it is, as one line on standard error that is drawn over itself:
 * only where that is a terminal, gone when it is freed. It keeps no time and
 * shows no text but its caller's, who got none of it from a guest.
 */

#include <glib.h>

typedef struct VtProgress VtProgress;

/* @quiet: shows nothing. @unit: what is counted ("blocks"); a static string. */
VtProgress *vt_progress_new (gboolean quiet, const char *unit);
void vt_progress_free (VtProgress *progress);

void vt_progress_show (VtProgress *progress, guint64 done, guint64 of);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtProgress, vt_progress_free)
