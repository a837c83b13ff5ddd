/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "protocol/error.h"

#include <errno.h>

static void
test_classes_round_trip (void)
{
  for (int code = 0; code < VT_ERROR_N_CODES; code++)
    {
      g_autoptr (GError) error = g_error_new_literal (VT_ERROR, code, "x");
      VtErrorCode found = VT_ERROR_N_CODES;

      g_assert_true (vt_error_code_from_class (vt_error_class (error), &found));
      g_assert_cmpint (found, ==, code);
    }
}

static void
test_wire_names (void)
{
  static const char *const names[] = {
    "GenericError", "CommandNotFound", "InvalidArgument", "NoSuchDevice", "NotOffered", "Refused",
    "Busy",         "ApplyFailed",     "StateError",
  };

  g_assert_cmpuint (G_N_ELEMENTS (names), ==, VT_ERROR_N_CODES);
  for (int code = 0; code < VT_ERROR_N_CODES; code++)
    {
      g_autoptr (GError) error = g_error_new_literal (VT_ERROR, code, "x");

      g_assert_cmpstr (vt_error_class (error), ==, names[code]);
    }
}

static void
test_foreign (void)
{
  g_autoptr (GError) domain = g_error_new_literal (G_FILE_ERROR, G_FILE_ERROR_NOENT, "x");
  g_autoptr (GError) low = g_error_new_literal (VT_ERROR, -1, "x");
  g_autoptr (GError) high = g_error_new_literal (VT_ERROR, VT_ERROR_N_CODES, "x");
  VtErrorCode code = VT_ERROR_BUSY;

  g_assert_cmpstr (vt_error_class (domain), ==, "GenericError");
  g_assert_cmpstr (vt_error_class (low), ==, "GenericError");
  g_assert_cmpstr (vt_error_class (high), ==, "GenericError");
  g_assert_false (vt_error_code_from_class ("DeviceNotFound", &code));
  g_assert_false (vt_error_code_from_class ("", &code));
  g_assert_cmpint (code, ==, VT_ERROR_BUSY);
}

static void
test_set (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) system = NULL;
  g_autofree char *text = g_strconcat ("writing 'x': ", g_strerror (EACCES), NULL);

  g_assert_false (vt_error_set (&error, VT_ERROR_REFUSED, "%s is %d", "x", 3));
  g_assert_error (error, VT_ERROR, VT_ERROR_REFUSED);
  g_assert_cmpstr (error->message, ==, "x is 3");

  g_assert_false (vt_error_set_errno (&system, EACCES, "writing '%s'", "x"));
  g_assert_error (system, VT_ERROR, VT_ERROR_GENERIC);
  g_assert_cmpstr (system->message, ==, text);

  g_assert_false (vt_error_set (NULL, VT_ERROR_REFUSED, "nobody listens"));
  g_assert_false (vt_error_set_errno (NULL, EACCES, "nobody listens"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/error/classes-round-trip", test_classes_round_trip);
  g_test_add_func ("/error/wire-names", test_wire_names);
  g_test_add_func ("/error/foreign", test_foreign);
  g_test_add_func ("/error/set", test_set);
  return g_test_run ();
}
