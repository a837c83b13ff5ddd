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

/*
 * The device, in the guise of @identity, is written for the first time, and udev's rules are still
 * to run. Nothing where it is known already.
 */
void vt_attempts_begin (VtAttempts *attempts,
                        const char *section,
                        const char *device,
                        const char *identity);
/*
 * FALSE: it had all its attempts. *@ret_early: it was begun early, so that what is to be put right
 * is what udev's rules have made of it.
 */
gboolean vt_attempts_take (VtAttempts *attempts,
                           const char *section,
                           const char *device,
                           const char *identity,
                           gboolean *ret_early);
/* udev's rules have run: what was changed by then is known. @device NULL: for all of the section.
 */
void vt_attempts_settle (VtAttempts *attempts, const char *section, const char *device);
/* The device has left. */
void vt_attempts_forget (VtAttempts *attempts, const char *section, const char *device);
/* Something else is wanted. */
void vt_attempts_reset (VtAttempts *attempts);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtAttempts, vt_attempts_free)
