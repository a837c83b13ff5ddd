/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host-shim/output.h"

#include "host-shim/escape.h"
#include "protocol/json.h"

VtOutput *
vt_output_new (gboolean json)
{
  VtOutput *output = g_new0 (VtOutput, 1);

  output->text = g_string_new (NULL);
  output->json = json;
  return output;
}

void
vt_output_free (VtOutput *output)
{
  g_string_free (output->text, TRUE);
  g_free (output);
}

void
vt_output_line (VtOutput *output, const char *format, ...)
{
  g_autofree char *raw = NULL;
  g_autofree char *safe = NULL;
  va_list args;

  if (output->json)
    return;
  va_start (args, format);
  raw = g_strdup_vprintf (format, args);
  va_end (args);
  safe = vt_escape (raw);
  g_string_append (output->text, safe);
  g_string_append_c (output->text, '\n');
}

void
vt_output_table (VtOutput *output, const VtTable *table)
{
  g_autofree char *text = vt_table_to_string (table);

  if (output->json || *text == '\0')
    return;
  if (output->text->len > 0)
    g_string_append_c (output->text, '\n');
  g_string_append (output->text, text);
}

void
vt_output_json (VtOutput *output, JsonNode *node)
{
  g_autofree char *raw = vt_json_to_pretty (node);
  g_autofree char *safe = vt_escape_json (raw);

  g_string_append (output->text, safe);
  g_string_append_c (output->text, '\n');
}

gboolean
vt_output_flush (VtOutput *output, FILE *stream)
{
  gsize len = output->text->len;
  gboolean whole = fwrite (output->text->str, 1, len, stream) == len;

  g_string_truncate (output->text, 0);
  return fflush (stream) == 0 && whole;
}
