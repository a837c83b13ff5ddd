/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "protocol/grammar-fault.h"

#include "protocol/error.h"

gboolean
vt_grammar_expected (GError **error, const char *what, guint8 c)
{
  if (g_ascii_isprint (c))
    return vt_error_set (error, VT_ERROR_GENERIC, "expected %s, found '%c'", what, c);

  return vt_error_set (error, VT_ERROR_GENERIC, "expected %s, found byte 0x%02x", what, c);
}
