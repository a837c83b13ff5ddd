/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Files that show a choice with the one in force in brackets,
 * "[none] mq-deadline kyber". Pure text.
 */

#include <glib.h>

/* The word in brackets, or the whole text where there are none. (transfer full) */
char *vt_choice_active (const char *text);
/* All words, without brackets. (transfer full) */
GStrv vt_choice_words (const char *text);
/* Whether it shows a choice at all. */
gboolean vt_choice_is_free (const char *text);
