/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What a profile says, made fit for a log and an answer: one line, bounded,
 * no control or bidi character (CVE-2024-52337 was a name that wrote log
 * lines of its own). It changes only what people read, never a value.
 */

#include <glib.h>

/* @text need not be UTF-8. (transfer full) */
char *vt_profile_text (const char *text);
