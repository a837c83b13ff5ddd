/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The text of the state's log: lines "CHECKSUM RECORD". The checksum is the first 128 bits of the
 * SHA-256, in hexadecimal digits, of the checksum before it and the record, which is a JSON object
 * without white space. This module opens no file.
 */

#include <glib.h>
#include <json-glib/json-glib.h>

/* What is valid of a text. */
typedef struct
{
  GPtrArray *records; /* of JsonObject: the lines up to the first that is damaged or unfinished */
  GArray *ends;       /* of gsize: where in the text each of them ends */
  char *checksum;     /* of the last one; "" where there is none */
  JsonObject *unfinished; /* the valid record that follows, where a power cut has left its newline
                           * away or put NULs in its place; NULL: none */
} VtLogText;

/* @why says why a line is damaged, where one is. (transfer full) */
VtLogText *vt_log_text_parse (const GString *text, GError **why);
void vt_log_text_free (VtLogText *valid);

/* Where the last valid record ends, in bytes. */
gsize vt_log_text_get_end (const VtLogText *valid);
/* Drops the record @index and all behind it. */
void vt_log_text_cut (VtLogText *valid, guint index);

/* Appends the line of @record (not consumed) to @text, behind a line with the checksum @previous.
 * Returns (transfer full): its checksum. */
char *vt_log_text_add (GString *text, JsonObject *record, const char *previous);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtLogText, vt_log_text_free)
