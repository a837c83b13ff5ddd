/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/tunables/value.h"

#include <string.h>

#include "protocol/error.h"

gboolean
vt_value_parse_number (const char *text, gint64 *ret)
{
  const char *digits = *text == '-' ? text + 1 : text;

  if (g_ascii_strncasecmp (text, "0x", 2) == 0 && g_ascii_isxdigit (text[2]))
    return g_ascii_string_to_signed (text + 2, 16, 0, G_MAXINT64, ret, NULL);
  if (*digits == '\0' || strspn (digits, "0123456789") != strlen (digits))
    return FALSE;

  return g_ascii_string_to_signed (text, 10, G_MININT64, G_MAXINT64, ret, NULL);
}

char
vt_value_sign (const char *wanted, const char **ret_rest)
{
  gboolean sign = *wanted == '>' || *wanted == '<';

  *ret_rest = sign ? wanted + 1 : wanted;

  return sign ? *wanted : '\0';
}

char *
vt_value_range (gint64 min, gint64 max)
{
  if (max == G_MAXINT64)
    return g_strdup_printf ("%" G_GINT64_FORMAT "..", min);

  return g_strdup_printf ("%" G_GINT64_FORMAT "..%" G_GINT64_FORMAT, min, max);
}

gboolean
vt_value_decide_number (
    const char *wanted, gint64 current, gint64 min, gint64 max, VtDecision *ret, GError **error)
{
  g_autofree char *range = vt_value_range (min, max);
  const char *digits;
  char sign = vt_value_sign (wanted, &digits);
  gint64 number;

  if (!vt_value_parse_number (digits, &number))
    return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT, "'%s' is no number; allowed: %s", wanted,
                         range);
  if (number < min || number > max)
    return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT, "'%s' is out of range; allowed: %s",
                         wanted, range);

  if ((sign == '>' && current > number) || (sign == '<' && current < number))
    {
      ret->reason
          = g_strdup_printf ("is only %s to %s", sign == '>' ? "raised" : "lowered", digits);
      number = current;
    }

  ret->value = g_strdup_printf ("%" G_GINT64_FORMAT, number);

  return TRUE;
}

char *
vt_value_squeeze (const char *text)
{
  g_auto (GStrv) words = g_strsplit_set (text, " \t\n", -1);
  GString *squeezed = g_string_new (NULL);

  for (guint i = 0; words[i] != NULL; i++)
    {
      if (*words[i] == '\0')
        continue;

      if (squeezed->len > 0)
        g_string_append_c (squeezed, ' ');
      g_string_append (squeezed, words[i]);
    }

  return g_string_free (squeezed, FALSE);
}
