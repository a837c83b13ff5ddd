/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Parses files that list the allowed words, with the active one in brackets:
 * "[none] mq-deadline kyber". Works on text only; reads no file.
 */

#include <glib.h>

/* The word in brackets, or the whole text if nothing is in brackets. (transfer full) */
char *vt_choice_active (const char *text);
/* All words, without brackets. (transfer full) */
GStrv vt_choice_words (const char *text);
/* Whether @text has a word in brackets, that is, offers a choice. */
gboolean vt_choice_exists (const char *text);
