/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A timer that calls a function at a moment of CLOCK_BOOTTIME. That clock also
 * counts while the guest is suspended: if the moment passes then, the function
 * is called at resume. Without a moment the timer causes no wake-up. It does
 * not know what the moment is for.
 *
 * Main context only.
 */

#include <glib.h>

typedef struct VtDeadline VtDeadline;

typedef void (*VtDeadlineFunc) (gpointer data);

/* Returns: (transfer full), without a moment; NULL: VT_ERROR_GENERIC if the kernel gives no timer
 * (timerfd_create(2)). */
VtDeadline *
vt_deadline_new (VtDeadlineFunc func, gpointer data, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void vt_deadline_free (VtDeadline *deadline);

/* Replaces the moment. @moment: µs of CLOCK_BOOTTIME; 0: none. If it has passed, the function is
 * called soon. */
void vt_deadline_set (VtDeadline *deadline, gint64 moment);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtDeadline, vt_deadline_free)
