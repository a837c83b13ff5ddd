/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/profiles/text.h"

#define TEXT_MAX 200 /* characters */

static gboolean
is_harmless (gunichar c)
{
  if (c == ' ')
    return TRUE;

  switch (g_unichar_type (c))
    {
    case G_UNICODE_CONTROL:
    case G_UNICODE_FORMAT: /* bidi controls are among these */
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR:
    case G_UNICODE_PRIVATE_USE:
    case G_UNICODE_SURROGATE:
    case G_UNICODE_UNASSIGNED:
      return FALSE;
    default:
      return TRUE;
    }
}

char *
vt_profile_text (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  GString *out = g_string_new (NULL);
  guint n = 0;

  for (const char *at = valid; *at != '\0'; at = g_utf8_next_char (at))
    {
      gunichar c = g_utf8_get_char (at);

      if (n++ == TEXT_MAX)
        {
          g_string_append (out, "…");
          break;
        }
      g_string_append_unichar (out, is_harmless (c) ? c : '?');
    }

  return g_string_free (out, FALSE);
}
