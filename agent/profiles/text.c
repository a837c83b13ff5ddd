/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/profiles/text.h"

#define TEXT_MAX 200 /* characters */

#define KIND(type) (1u << G_UNICODE_##type)

/* The category FORMAT includes the bidi controls. */
#define HARMFUL                                                                                    \
  (KIND (CONTROL) | KIND (FORMAT) | KIND (UNASSIGNED) | KIND (PRIVATE_USE) | KIND (SURROGATE)      \
   | KIND (LINE_SEPARATOR) | KIND (PARAGRAPH_SEPARATOR))

static gboolean
is_harmless (gunichar c)
{
  if (c < 0x80)
    return g_ascii_isprint ((char) c); /* faster than g_unichar_type() */

  return (HARMFUL & (1u << g_unichar_type (c))) == 0;
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
