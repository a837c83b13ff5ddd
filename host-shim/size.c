/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host-shim/size.h"

#include <string.h>

#include "host-shim/exit.h"

static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };

char *
vt_size_to_string (guint64 bytes)
{
  guint unit = 0;
  guint64 scale = 1;
  guint64 tenths;

  while (unit + 1 < G_N_ELEMENTS (units) && bytes / scale >= 1024)
    {
      scale *= 1024;
      unit++;
    }
  /* Rounded down, so that the text never promises more bytes than there are. */
  tenths = bytes % scale / MAX (scale / 10, 1);
  if (scale == 1 || tenths == 0)
    return g_strdup_printf ("%" G_GUINT64_FORMAT " %s", bytes / scale, units[unit]);
  return g_strdup_printf ("%" G_GUINT64_FORMAT ".%" G_GUINT64_FORMAT " %s", bytes / scale,
                          MIN (tenths, 9), units[unit]);
}

/* Reads "", "B", "K", "KB", "KiB" and so on. All prefixes are powers of 1024. */
static gboolean
read_unit (const char *text, guint64 *ret_scale)
{
  static const char letters[] = "KMGTPE";
  const char *letter = *text != '\0' ? strchr (letters, g_ascii_toupper (*text)) : NULL;

  *ret_scale = 1;
  if (letter == NULL)
    return *text == '\0' || g_str_equal (text, "B");
  *ret_scale = G_GUINT64_CONSTANT (1) << (10 * (letter - letters + 1));
  return text[1] == '\0' || g_str_equal (text + 1, "B") || g_str_equal (text + 1, "iB");
}

gboolean
vt_size_parse (const char *text, guint64 *ret_bytes, GError **error)
{
  char *end = NULL;
  guint64 number = 0, scale = 1;

  if (g_ascii_isdigit (*text))
    number = g_ascii_strtoull (text, &end, 10);
  if (number == 0 || !read_unit (end, &scale) || number > (G_MAXINT64 / 2) / scale)
    return vt_exit_set (error, VT_EXIT_USAGE,
                        "a size is a number and a unit, such as 512M or 16G, not '%s'", text);
  *ret_bytes = number * scale;
  return TRUE;
}
