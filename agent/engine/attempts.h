/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * How often a device's values, once written, were put right by themselves:
 * where udev's rules have changed what was written on the kernel's word. What
 * changes after that is somebody's will, and a drift to be told. In memory
 * alone.
 */

#include <glib.h>

#define VT_ATTEMPTS_MAX 1

typedef struct VtAttempts VtAttempts;

VtAttempts *vt_attempts_new (void);
void vt_attempts_free (VtAttempts *attempts);

/* FALSE: the device, in the guise of @identity, had all its attempts. */
gboolean vt_attempts_take (VtAttempts *attempts,
                           const char *section,
                           const char *device,
                           const char *identity);
/* The device has left. */
void vt_attempts_forget (VtAttempts *attempts, const char *section, const char *device);
/* Something else is wanted. */
void vt_attempts_reset (VtAttempts *attempts);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtAttempts, vt_attempts_free)
