/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Calls back at one moment of CLOCK_BOOTTIME, which goes on while the guest
 * sleeps: a moment that passed then is told at once on waking. With none set
 * nothing wakes.
 *
 * Main context only.
 */

#include <glib.h>

typedef struct VtDeadline VtDeadline;

typedef void (*VtDeadlineFunc) (gpointer data);

/* VT_ERROR_GENERIC where the kernel gives no timer. */
VtDeadline *
vt_deadline_new (VtDeadlineFunc func, gpointer data, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void vt_deadline_free (VtDeadline *deadline);

/* In place of the one before. @moment: µs of CLOCK_BOOTTIME, 0: none. One that has passed is told.
 */
void vt_deadline_set (VtDeadline *deadline, gint64 moment);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtDeadline, vt_deadline_free)
