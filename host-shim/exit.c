/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host-shim/exit.h"

#include "protocol/error.h"

typedef struct
{
  const char *class_name;
  const char *meaning;
} ExitRow;

static const ExitRow exit_rows[] = {
  [VT_EXIT_OK] = { "Ok", "done, or nothing to do" },
  [VT_EXIT_FAILED] = { "Failed", "the agent refused or failed, or verify found drift" },
  [VT_EXIT_USAGE] = { "Usage", "the command line is wrong; nothing was sent to the guest" },
  [VT_EXIT_UNREACHABLE] = { "NotReachable", "the guest's agent cannot be reached" },
  [VT_EXIT_TIMED_OUT] = { "TimedOut", "no answer within --timeout" },
  [VT_EXIT_PROTOCOL] = { "ProtocolViolation", "the guest broke the protocol" },
};

G_STATIC_ASSERT (G_N_ELEMENTS (exit_rows) == VT_EXIT_N_CODES);

GQuark
vt_exit_error_quark (void)
{
  return g_quark_from_static_string ("vt-exit-error-quark");
}

gboolean
vt_exit_set (GError **error, VtExit code, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error_literal (error, VT_EXIT_ERROR, (int) code, text);
  return FALSE;
}

gboolean
vt_exit_wrap (GError **error, VtExit code, GError *cause, const char *format, ...)
{
  g_autoptr (GError) owned = cause;
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, VT_EXIT_ERROR, (int) code, "%s%s", text, owned->message);
  return FALSE;
}

VtExit
vt_exit_code (const GError *error)
{
  if (error->domain == VT_EXIT_ERROR && error->code > 0 && error->code < VT_EXIT_N_CODES)
    return (VtExit) error->code;
  return VT_EXIT_FAILED;
}

const char *
vt_exit_class (const GError *error)
{
  if (error->domain == VT_ERROR)
    return vt_error_class (error);
  return exit_rows[vt_exit_code (error)].class_name;
}

const char *
vt_exit_meaning (VtExit code)
{
  return code < VT_EXIT_N_CODES ? exit_rows[code].meaning : NULL;
}
