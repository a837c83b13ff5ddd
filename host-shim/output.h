/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What a verb has to say, gathered and written at once when it is known to
 * be whole: a reply of the wrong shape leaves no half table behind. The one
 * place where text goes to a terminal, and so the one where it is escaped.
 */

#include <glib.h>
#include <stdio.h>
#include <json-glib/json-glib.h>

#include "host-shim/table.h"

typedef struct
{
  GString *text;
  gboolean json; /* --format json: lines and tables are dropped */
} VtOutput;

VtOutput *vt_output_new (gboolean json);
void vt_output_free (VtOutput *output);

/* One line for people, without its newline. */
void vt_output_line (VtOutput *output, const char *format, ...) G_GNUC_PRINTF (2, 3);
/* A table for people, led in by an empty line where something stands before it. */
void vt_output_table (VtOutput *output, const VtTable *table);
/* Indented JSON, whatever the format: verbs call it where it is wanted. */
void vt_output_json (VtOutput *output, JsonNode *node);

/* FALSE where @stream did not take it all; errno is set. */
gboolean vt_output_flush (VtOutput *output, FILE *stream) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtOutput, vt_output_free)
