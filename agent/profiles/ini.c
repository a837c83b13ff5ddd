/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/profiles/ini.h"

#include <string.h>

#include "protocol/error.h"

typedef struct
{
  const char *path;
  guint line;
  guint indent;        /* of the last header or name */
  const char *section; /* owned by an entry */
  VtIniEntry *open;    /* the entry that an indented line continues; NULL after a header */
  GPtrArray *entries;
} Reader;

static void
ini_entry_free (gpointer data)
{
  VtIniEntry *entry = data;

  g_free (entry->section);
  g_free (entry->name);
  g_free (entry->value);
  g_free (entry);
}

static gboolean
fault (const Reader *reader, const char *what, GError **error)
{
  return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT, "%s:%u: %s", reader->path, reader->line,
                       what);
}

/* Removes a comment and trailing white space from @line, in place. */
static void
strip_comment (char *line)
{
  const char *first = line + strspn (line, " \t");

  if (*first == '#' || *first == ';')
    line[0] = '\0';

  for (char *at = line; (at = strchr (at, '#')) != NULL; at++)
    {
      if (at > line && at[-1] != ' ' && at[-1] != '\t')
        continue;

      *at = '\0';
      break;
    }

  g_strchomp (line);
}

static gboolean
add (Reader *reader, const char *section, const char *name, const char *value, GError **error)
{
  VtIniEntry *entry;

  if (reader->entries->len == VT_INI_ENTRIES_MAX)
    return fault (reader, "more lines than a profile may have", error);
  if (strlen (section) > VT_INI_NAME_MAX || (name != NULL && strlen (name) > VT_INI_NAME_MAX))
    return fault (reader, "the name is too long", error);
  if (value != NULL && strlen (value) > VT_INI_VALUE_MAX)
    return fault (reader, "the value is too long", error);

  entry = g_new0 (VtIniEntry, 1);
  entry->section = g_strdup (section);
  entry->name = g_strdup (name);
  entry->value = g_strdup (value);
  entry->line = reader->line;
  g_ptr_array_add (reader->entries, entry);

  reader->section = entry->section;
  reader->open = name != NULL ? entry : NULL;
  return TRUE;
}

static gboolean
read_header (Reader *reader, char *text, GError **error)
{
  gsize len = strlen (text);

  if (text[len - 1] != ']')
    return fault (reader, "a section's name must end with ']'", error);

  text[len - 1] = '\0';
  text = g_strstrip (text + 1);
  if (*text == '\0')
    return fault (reader, "the section has no name", error);

  return add (reader, text, NULL, NULL, error);
}

static gboolean
read_option (Reader *reader, char *text, GError **error)
{
  char *equals = strchr (text, '=');

  if (reader->section == NULL)
    return fault (reader, "stands before any [section]", error);
  if (equals == NULL)
    return fault (reader, "is neither a [section] nor NAME=VALUE", error);

  *equals = '\0';
  text = g_strstrip (text);
  if (*text == '\0')
    return fault (reader, "has no name before '='", error);

  return add (reader, reader->section, text, g_strstrip (equals + 1), error);
}

static gboolean
read_continuation (Reader *reader, const char *text, GError **error)
{
  char *old = reader->open->value;

  if (strlen (old) + strlen (text) + 1 > VT_INI_VALUE_MAX)
    return fault (reader, "the value is too long", error);

  reader->open->value = *old == '\0' ? g_strdup (text) : g_strconcat (old, " ", text, NULL);
  g_free (old);
  return TRUE;
}

static gboolean
read_line (Reader *reader, char *line, GError **error)
{
  guint indent;
  char *text;

  for (const char *at = line; *at != '\0'; at++)
    if (g_ascii_iscntrl (*at) && *at != '\t')
      return fault (reader, "has a control character", error);

  strip_comment (line);
  indent = strspn (line, " \t");
  text = line + indent;
  if (*text == '\0')
    return TRUE;
  if (reader->open != NULL && indent > reader->indent)
    return read_continuation (reader, text, error);

  reader->indent = indent;
  return *text == '[' ? read_header (reader, text, error) : read_option (reader, text, error);
}

GPtrArray *
vt_ini_parse (const char *path, const char *text, gsize len, GError **error)
{
  g_autoptr (GPtrArray) entries = g_ptr_array_new_with_free_func (ini_entry_free);
  Reader reader = { .path = path, .entries = entries };
  const char *end = text + len;

  if (!g_utf8_validate_len (text, len, NULL))
    {
      vt_error_set (error, VT_ERROR_INVALID_ARGUMENT, "%s: is not UTF-8 text", path);
      return NULL;
    }

  for (const char *at = text; at < end;)
    {
      const char *newline = memchr (at, '\n', end - at);
      const char *stop = newline != NULL ? newline : end;
      g_autofree char *line = g_strndup (at, stop - at);

      reader.line++;
      if (g_str_has_suffix (line, "\r"))
        line[strlen (line) - 1] = '\0';
      if (!read_line (&reader, line, error))
        return NULL;
      at = stop + 1;
    }

  return g_steal_pointer (&entries);
}
