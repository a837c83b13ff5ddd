/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "protocol/json-tree.h"

#include <string.h>

#include "protocol/json-escape.h"

typedef struct
{
  const char *p;    /* the text that is not read yet */
  GString *scratch; /* the string that was read last */
} Reader;

static void read_value (Reader *reader, JsonNode *node);

/* Skips white space. Returns: the next byte, without reading it */
static char
peek (Reader *reader)
{
  reader->p += strspn (reader->p, " \t\n\r");

  return *reader->p;
}

/* Skips white space, and @c if it comes next. Returns: whether @c came next */
static gboolean
skip_byte (Reader *reader, char c)
{
  if (peek (reader) != c)
    return FALSE;

  reader->p++;
  return TRUE;
}

/* Appends the text from @begin to @backslash, and the character of the escape. */
static void
append_escaped (Reader *reader, const char *begin, const char *backslash)
{
  char utf8[VT_JSON_UTF8_MAX], *end = utf8;

  g_string_append_len (reader->scratch, begin, backslash - begin);
  reader->p = backslash + 1;
  reader->p += vt_json_unescape (reader->p, &end);
  g_string_append_len (reader->scratch, utf8, end - utf8);
}

/* Returns: (transfer none): the next string, valid until another one is read */
static const char *
read_string (Reader *reader)
{
  reader->p++;
  g_string_truncate (reader->scratch, 0);
  for (;;)
    {
      const char *begin = reader->p;
      const char *end = begin + strcspn (begin, "\"\\");

      if (*end == '"')
        {
          g_string_append_len (reader->scratch, begin, end - begin);
          reader->p = end + 1;
          return reader->scratch->str;
        }

      append_escaped (reader, begin, end);
    }
}

static void
read_object (Reader *reader, JsonNode *node)
{
  JsonObject *object = json_object_new ();

  reader->p++;
  while (!skip_byte (reader, '}'))
    {
      JsonNode *member = json_node_alloc ();

      (void) skip_byte (reader, ',');
      (void) peek (reader);
      json_object_set_member (object, read_string (reader), member);
      (void) skip_byte (reader, ':');
      read_value (reader, member);
    }

  json_node_init (node, JSON_NODE_OBJECT);
  json_node_take_object (node, object);
}

static void
read_array (Reader *reader, JsonNode *node)
{
  JsonArray *array = json_array_new ();

  reader->p++;
  while (!skip_byte (reader, ']'))
    {
      JsonNode *element = json_node_alloc ();

      (void) skip_byte (reader, ',');
      json_array_add_element (array, element);
      read_value (reader, element);
    }

  json_node_init (node, JSON_NODE_ARRAY);
  json_node_take_array (node, array);
}

static void
read_number (Reader *reader, JsonNode *node)
{
  gsize len = strspn (reader->p, "+-.0123456789Ee");

  if (strcspn (reader->p, ".Ee") < len)
    json_node_init_double (node, g_ascii_strtod (reader->p, NULL));
  else
    json_node_init_int (node, g_ascii_strtoll (reader->p, NULL, 10));
  reader->p += len;
}

static void
read_value (Reader *reader, JsonNode *node)
{
  switch (peek (reader))
    {
    case '{':
      read_object (reader, node);
      return;
    case '[':
      read_array (reader, node);
      return;
    case '"':
      json_node_init_string (node, read_string (reader));
      return;
    case 't':
      json_node_init_boolean (node, TRUE);
      reader->p += strlen ("true");
      return;
    case 'f':
      json_node_init_boolean (node, FALSE);
      reader->p += strlen ("false");
      return;
    case 'n':
      json_node_init_null (node);
      reader->p += strlen ("null");
      return;
    default:
      read_number (reader, node);
    }
}

JsonNode *
vt_json_tree_new (const char *frame)
{
  g_autoptr (GString) scratch = g_string_new (NULL);
  Reader reader = { frame, scratch };
  JsonNode *node = json_node_alloc ();

  read_value (&reader, node);

  return node;
}
