/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host-shim/size.h"

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
  /* Cut, not rounded: what is said to be there is there. */
  tenths = bytes % scale / MAX (scale / 10, 1);
  if (scale == 1 || tenths == 0)
    return g_strdup_printf ("%" G_GUINT64_FORMAT " %s", bytes / scale, units[unit]);
  return g_strdup_printf ("%" G_GUINT64_FORMAT ".%" G_GUINT64_FORMAT " %s", bytes / scale,
                          MIN (tenths, 9), units[unit]);
}
