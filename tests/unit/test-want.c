/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which layer decides about an attribute, and which selector in the layer. */

#include "config.h"

#include "agent/engine/want.h"

#include "fake-world.h"
#include "protocol/error.h"

static VtAttribute
attribute (const char *device)
{
  static char key[64];

  g_snprintf (key, sizeof key, "block/%s/read_ahead_kb", device);
  return (VtAttribute){ .key = key,
                        .section = (char *) "block",
                        .device = (char *) device,
                        .name = (char *) "read_ahead_kb" };
}

static void
add (VtWants *wants, const char *source, const char *assignments)
{
  g_autoptr (VtSettings) settings = fake_settings (assignments);
  VtLayer layer = { .source = source, .settings = settings };

  vt_wants_add (wants, &layer);
}

static const char *
find (VtWants *wants, const char *device)
{
  VtAttribute probe = attribute (device);
  const VtWant *want = NULL;
  GError *error = NULL;

  g_assert_true (vt_wants_find (wants, &probe, &want, &error));
  g_assert_no_error (error);

  return want != NULL ? want->setting->value : NULL;
}

static void
test_layers (void)
{
  g_autoptr (VtWants) wants = vt_wants_new ();

  g_assert_cmpstr (find (wants, "vda"), ==, NULL);
  add (wants, "profile", "block/vda/read_ahead_kb=1 block/vdb/read_ahead_kb=2");
  add (wants, "settings", "block/vd*/read_ahead_kb=3");
  g_assert_cmpstr (find (wants, "vda"), ==, "3"); /* a higher layer wins over a more exact key */
  g_assert_cmpstr (find (wants, "sda"), ==, NULL);
}

static void
test_exactness (void)
{
  g_autoptr (VtWants) wants = vt_wants_new ();

  add (wants, "settings",
       "block/*/read_ahead_kb=1 block/v*/read_ahead_kb=2 block/vd*/read_ahead_kb=3 "
       "block/vdc/read_ahead_kb=4");
  g_assert_cmpstr (find (wants, "sda"), ==, "1");
  g_assert_cmpstr (find (wants, "vba"), ==, "2");
  g_assert_cmpstr (find (wants, "vda"), ==, "3");
  g_assert_cmpstr (find (wants, "vdc"), ==, "4");
}

static void
test_tie (void)
{
  g_autoptr (VtWants) wants = vt_wants_new ();
  g_autoptr (GError) error = NULL;
  VtAttribute probe = attribute ("vda");
  const VtWant *want = NULL;

  add (wants, "settings", "block/vd*/read_ahead_kb=1 block/*da/read_ahead_kb=2");
  g_assert_cmpstr (find (wants, "vdb"), ==, "1");
  g_assert_false (vt_wants_find (wants, &probe, &want, &error));
  g_assert_error (error, VT_ERROR, VT_ERROR_INVALID_ARGUMENT);
  g_assert_nonnull (strstr (error->message, "block/vd*/read_ahead_kb"));
  g_assert_nonnull (strstr (error->message, "block/*da/read_ahead_kb"));

  /* A third, more exact selector wins over both. */
  add (wants, "settings", "block/vda/read_ahead_kb=3");
  g_assert_cmpstr (find (wants, "vda"), ==, "3");
}

static void
test_exception (void)
{
  g_autoptr (VtWants) wants = vt_wants_new ();

  add (wants, "parent", "block/*/read_ahead_kb=1");
  add (wants, "child", "block/*/read_ahead_kb=2 block/vda/read_ahead_kb=");
  g_assert_cmpstr (find (wants, "vda"), ==, "1");
  g_assert_cmpstr (find (wants, "vdb"), ==, "2");
  g_assert_cmpuint (vt_wants_list (wants)->len, ==, 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/want/layers", test_layers);
  g_test_add_func ("/want/exactness", test_exactness);
  g_test_add_func ("/want/tie", test_tie);
  g_test_add_func ("/want/exception", test_exception);
  return g_test_run ();
}
