/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Collects a verb's output and writes it at once, when it is complete. So a
 * faulty reply of the guest leaves no partial output. Text that may come from
 * a guest is escaped here and nowhere else.
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
/* A table for people, after an empty line unless it is the first output. */
void vt_output_table (VtOutput *output, const VtTable *table);
/* Indented JSON. Call it only with --format json. */
void vt_output_json (VtOutput *output, JsonNode *node);

/* FALSE: not everything could be written to @stream; errno is set. */
gboolean vt_output_flush (VtOutput *output, FILE *stream) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtOutput, vt_output_free)
