/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/state/log-text.h"

#include <string.h>

#include "agent/state/folder.h"
#include "protocol/error.h"
#include "protocol/json.h"

#define CHECKSUM_LENGTH 32 /* hexadecimal digits */

static const VtScannerLimits limits = {
  .max_frame = VT_STATE_FILE_MAX,
  .max_depth = 16,
  .max_tokens = 512 * 1024,
};

/* (transfer full) */
static char *
compute_checksum (const char *previous, const char *json, gsize len)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);

  g_checksum_update (checksum, (const guchar *) previous, -1);
  g_checksum_update (checksum, (const guchar *) json, (gssize) len);

  return g_strndup (g_checksum_get_string (checksum), CHECKSUM_LENGTH);
}

char *
vt_log_text_add (GString *text, JsonObject *record, const char *previous)
{
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  g_autofree char *json = NULL;
  char *checksum;

  json_node_set_object (node, record);
  json = vt_json_to_string (node);
  checksum = compute_checksum (previous, json, strlen (json));
  g_string_append_printf (text, "%s %s\n", checksum, json);

  return checksum;
}

/* Parses one line, given without its newline. NULL: it is not what was written. (transfer full) */
static JsonObject *
parse_line (const char *previous, const char *line, gsize len, GError **error)
{
  const char *json = line + CHECKSUM_LENGTH + 1;
  g_autofree char *checksum = NULL;
  g_autoptr (JsonNode) node = NULL;

  if (len <= CHECKSUM_LENGTH + 1 || line[CHECKSUM_LENGTH] != ' ')
    {
      vt_error_set (error, VT_ERROR_STATE, "a line has no checksum");
      return NULL;
    }

  len -= CHECKSUM_LENGTH + 1;
  checksum = compute_checksum (previous, json, len);
  if (strncmp (checksum, line, CHECKSUM_LENGTH) != 0)
    {
      vt_error_set (error, VT_ERROR_STATE, "a checksum does not match its record");
      return NULL;
    }

  node = vt_json_parse (json, len, &limits, error);
  return node != NULL ? json_object_ref (json_node_get_object (node)) : NULL;
}

/* Takes one line, without its newline, that ends at @end. FALSE: it is not what was written. */
static gboolean
take_line (VtLogText *valid, const char *line, gsize len, gsize end, GError **error)
{
  JsonObject *record = parse_line (valid->checksum, line, len, error);

  if (record == NULL)
    return FALSE;

  g_ptr_array_add (valid->records, record);
  g_array_append_val (valid->ends, end);
  g_free (valid->checksum);
  valid->checksum = g_strndup (line, CHECKSUM_LENGTH);
  return TRUE;
}

/*
 * Takes the last line, which has no newline. @len: bytes up to the end of the text. After a power
 * cut a file can be longer than the part of it that was written: the rest reads as NUL.
 */
static void
take_unfinished (VtLogText *valid, const char *line, gsize len, GError **error)
{
  const gsize record_len = strlen (line);

  valid->unfinished = parse_line (valid->checksum, line, record_len, NULL);
  for (gsize i = record_len; i < len; i++)
    if (line[i] != '\0')
      {
        vt_error_set (error, VT_ERROR_STATE, "bytes of it are missing");
        return;
      }
}

VtLogText *
vt_log_text_parse (const GString *text, GError **why)
{
  VtLogText *valid = g_new0 (VtLogText, 1);
  gsize at = 0;

  valid->records = g_ptr_array_new_with_free_func ((GDestroyNotify) json_object_unref);
  valid->ends = g_array_new (FALSE, FALSE, sizeof (gsize));
  valid->checksum = g_strdup ("");

  while (at < text->len)
    {
      const char *line = text->str + at;
      const gsize len = strcspn (line, "\n");

      if (line[len] != '\n')
        {
          take_unfinished (valid, line, text->len - at, why);
          break;
        }
      if (!take_line (valid, line, len, at + len + 1, why))
        break;
      at += len + 1;
    }

  return valid;
}

void
vt_log_text_free (VtLogText *valid)
{
  g_ptr_array_unref (valid->records);
  g_array_unref (valid->ends);
  g_clear_pointer (&valid->unfinished, json_object_unref);
  g_free (valid->checksum);
  g_free (valid);
}

gsize
vt_log_text_get_end (const VtLogText *valid)
{
  return valid->ends->len > 0 ? g_array_index (valid->ends, gsize, valid->ends->len - 1) : 0;
}

void
vt_log_text_cut (VtLogText *valid, guint index)
{
  g_ptr_array_set_size (valid->records, (gint) index);
  g_array_set_size (valid->ends, index);
  g_clear_pointer (&valid->unfinished, json_object_unref);
}
