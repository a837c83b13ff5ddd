/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "protocol/error.h"

/* The name is a token with dashes; the formatter takes it for a subtraction. */
/* clang-format off */
G_DEFINE_QUARK (vt-error-quark, vt_error)
/* clang-format on */

/* The one place where the classes are spelt. */
static const char *const classes[] = {
  [VT_ERROR_GENERIC] = "GenericError",
  [VT_ERROR_COMMAND_NOT_FOUND] = "CommandNotFound",
  [VT_ERROR_INVALID_ARGUMENT] = "InvalidArgument",
  [VT_ERROR_NO_SUCH_DEVICE] = "NoSuchDevice",
  [VT_ERROR_NOT_OFFERED] = "NotOffered",
  [VT_ERROR_REFUSED] = "Refused",
  [VT_ERROR_BUSY] = "Busy",
  [VT_ERROR_APPLY_FAILED] = "ApplyFailed",
  [VT_ERROR_STATE] = "StateError",
};

G_STATIC_ASSERT (G_N_ELEMENTS (classes) == VT_ERROR_N_CODES);

const char *
vt_error_class (const GError *error)
{
  if (error->domain != VT_ERROR || error->code < 0 || error->code >= VT_ERROR_N_CODES)
    return classes[VT_ERROR_GENERIC];

  return classes[error->code];
}

gboolean
vt_error_code_from_class (const char *name, VtErrorCode *ret_code)
{
  for (guint i = 0; i < VT_ERROR_N_CODES; i++)
    {
      if (!g_str_equal (classes[i], name))
        continue;

      *ret_code = i;
      return TRUE;
    }

  return FALSE;
}

gboolean
vt_error_set (GError **error, VtErrorCode code, const char *format, ...)
{
  va_list args;

  if (error == NULL)
    return FALSE;

  va_start (args, format);
  g_propagate_error (error, g_error_new_valist (VT_ERROR, code, format, args));
  va_end (args);

  return FALSE;
}

gboolean
vt_error_set_errno (GError **error, int errsv, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  if (error == NULL)
    return FALSE;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);

  return vt_error_set (error, VT_ERROR_GENERIC, "%s: %s", text, g_strerror (errsv));
}
