/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "protocol/json-escape.h"

#include <string.h>

static guint32
read_hex (const char *digits)
{
  guint32 unit = 0;

  for (guint i = 0; i < 4; i++)
    unit = unit << 4 | (guint32) g_ascii_xdigit_value (digits[i]);

  return unit;
}

/* Decodes \uXXXX, or both escapes of a surrogate pair. */
static gsize
unescape_unicode (const char *p, char **out)
{
  guint32 unit = read_hex (p + 1);

  if (unit < 0xd800 || unit > 0xdbff)
    {
      *out += g_unichar_to_utf8 (unit, *out);
      return 5;
    }

  unit = 0x10000 + ((unit - 0xd800) << 10) + (read_hex (p + 7) - 0xdc00);
  *out += g_unichar_to_utf8 (unit, *out);

  return 11;
}

gsize
vt_json_unescape (const char *p, char **out)
{
  static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
  const char *simple;

  if (*p == 'u')
    return unescape_unicode (p, out);

  simple = strchr (from, *p);
  *(*out)++ = simple != NULL ? to[simple - from] : *p;

  return 1;
}
