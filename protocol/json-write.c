/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Writes JSON values as text that our own scanner accepts, whatever bytes the
 * strings contain. JsonGenerator does not do that: it emits byte 0x1f raw,
 * prints 1e30 as "1e+30.0" and copies invalid UTF-8 (json-glib 1.6.6).
 */

#include "config.h"

#include "protocol/json.h"

#include <math.h>
#include <string.h>

#define COMPACT (-1)

static void write_node (GString *text, JsonNode *node, int indent);

/* Starts a new line within a container, unless the output is compact. */
static void
write_break (GString *text, int indent)
{
  if (indent == COMPACT)
    return;

  g_string_append_c (text, '\n');
  for (int i = 0; i < indent; i++)
    g_string_append (text, "  ");
}

static int
next_indent (int indent)
{
  return indent == COMPACT ? COMPACT : indent + 1;
}

static void
write_escape (GString *text, guchar c)
{
  static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
  const char *simple = c != '\0' ? strchr (from, c) : NULL;

  if (simple != NULL)
    g_string_append_printf (text, "\\%c", to[simple - from]);
  else
    g_string_append_printf (text, "\\u%04x", c);
}

static void
write_string (GString *text, const char *string)
{
  g_autofree char *valid = NULL;
  const char *p;

  /* Kernel attributes may contain any bytes, but JSON must be UTF-8. */
  if (!g_utf8_validate (string, -1, NULL))
    string = valid = g_utf8_make_valid (string, -1);

  g_string_append_c (text, '"');
  for (p = string; *p != '\0'; p++)
    {
      if ((guchar) *p >= 0x20 && *p != '"' && *p != '\\' && *p != 0x7f)
        continue;

      g_string_append_len (text, string, p - string);
      write_escape (text, (guchar) *p);
      string = p + 1;
    }

  g_string_append_len (text, string, p - string);
  g_string_append_c (text, '"');
}

/* Writes the shorter of two spellings that both read back exactly. JSON has no spelling for NaN. */
static void
write_double (GString *text, double value)
{
  char digits[G_ASCII_DTOSTR_BUF_SIZE];

  if (!isfinite (value))
    {
      g_string_append (text, "null");
      return;
    }

  g_ascii_formatd (digits, sizeof digits, "%.15g", value);
  if (g_ascii_strtod (digits, NULL) != value)
    g_ascii_formatd (digits, sizeof digits, "%.17g", value);

  g_string_append (text, digits);
  if (strpbrk (digits, ".e") == NULL)
    g_string_append (text, ".0"); /* without it the reader would get an integer */
}

static void
write_value (GString *text, JsonNode *node)
{
  switch (json_node_get_value_type (node))
    {
    case G_TYPE_STRING:
      write_string (text, json_node_get_string (node));
      break;
    case G_TYPE_INT64:
      g_string_append_printf (text, "%" G_GINT64_FORMAT, json_node_get_int (node));
      break;
    case G_TYPE_BOOLEAN:
      g_string_append (text, json_node_get_boolean (node) ? "true" : "false");
      break;
    default:
      write_double (text, json_node_get_double (node));
      break;
    }
}

static void
write_array (GString *text, JsonArray *array, int indent)
{
  guint n = json_array_get_length (array);

  g_string_append_c (text, '[');
  for (guint i = 0; i < n; i++)
    {
      if (i > 0)
        g_string_append_c (text, ',');
      write_break (text, next_indent (indent));
      write_node (text, json_array_get_element (array, i), next_indent (indent));
    }

  if (n > 0)
    write_break (text, indent);
  g_string_append_c (text, ']');
}

static void
write_object (GString *text, JsonObject *object, int indent)
{
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;
  gboolean any = FALSE;

  g_string_append_c (text, '{');
  json_object_iter_init_ordered (&iter, object);
  while (json_object_iter_next_ordered (&iter, &name, &node))
    {
      if (any)
        g_string_append_c (text, ',');
      any = TRUE;
      write_break (text, next_indent (indent));
      write_string (text, name);
      g_string_append (text, indent == COMPACT ? ":" : ": ");
      write_node (text, node, next_indent (indent));
    }

  if (any)
    write_break (text, indent);
  g_string_append_c (text, '}');
}

static void
write_node (GString *text, JsonNode *node, int indent)
{
  switch (json_node_get_node_type (node))
    {
    case JSON_NODE_OBJECT:
      write_object (text, json_node_get_object (node), indent);
      break;
    case JSON_NODE_ARRAY:
      write_array (text, json_node_get_array (node), indent);
      break;
    case JSON_NODE_VALUE:
      write_value (text, node);
      break;
    case JSON_NODE_NULL:
    default:
      g_string_append (text, "null");
      break;
    }
}

void
vt_json_append (GString *text, JsonNode *node)
{
  write_node (text, node, COMPACT);
}

char *
vt_json_to_string (JsonNode *node)
{
  GString *text = g_string_new (NULL);

  vt_json_append (text, node);
  return g_string_free (text, FALSE);
}

char *
vt_json_to_pretty (JsonNode *node)
{
  GString *text = g_string_new (NULL);

  write_node (text, node, 0);
  return g_string_free (text, FALSE);
}
