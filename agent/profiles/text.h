/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Cleans text from a profile for logs and replies: one line, bounded, without
 * control and bidi characters (CVE-2024-52337: a profile's name forged log
 * lines). Only for text that people read, never for a value.
 */

#include <glib.h>

/* @text need not be UTF-8. (transfer full) */
char *vt_profile_text (const char *text);
