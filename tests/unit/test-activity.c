/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib.h>

#include "agent/worker/activity.h"
#include "protocol/error.h"

static void
test_nothing_yet (void)
{
  g_autoptr (VtActivity) activity = vt_activity_new ();
  g_autoptr (VtActivitySnapshot) now = vt_activity_snapshot (activity);

  g_assert_cmpuint (now->last_change_id, ==, 0);
  g_assert_null (now->last_change);
  g_assert_null (now->change);
  g_assert_cmpuint (now->dropped, ==, 0);
  g_assert_false (vt_activity_has_change (activity));
}

static void
test_one_at_a_time (void)
{
  g_autoptr (VtActivity) activity = vt_activity_new ();
  g_autoptr (VtActivitySnapshot) during = NULL;

  g_assert_true (vt_activity_begin_change (activity, "tune-apply"));
  g_assert_true (vt_activity_has_change (activity));
  g_assert_false (vt_activity_begin_change (activity, "tune-rollback"));
  during = vt_activity_snapshot (activity);
  g_assert_cmpstr (during->change, ==, "tune-apply");
  g_assert_cmpuint (during->last_change_id, ==, 0);
  vt_activity_end_change (activity, NULL);
  g_assert_false (vt_activity_has_change (activity));
  g_assert_true (vt_activity_begin_change (activity, "tune-rollback"));
  vt_activity_end_change (activity, NULL);
}

static void
test_last (void)
{
  g_autoptr (VtActivity) activity = vt_activity_new ();
  g_autoptr (GError) fault = NULL;
  g_autoptr (VtActivitySnapshot) failed = NULL;
  g_autoptr (VtActivitySnapshot) done = NULL;

  vt_error_set (&fault, VT_ERROR_REFUSED, "no");
  g_assert_true (vt_activity_begin_change (activity, "tune-apply"));
  vt_activity_end_change (activity, fault);
  failed = vt_activity_snapshot (activity);
  g_assert_cmpuint (failed->last_change_id, ==, 1);
  g_assert_true (failed->last_failed);
  g_assert_cmpstr (failed->last_change, ==, "tune-apply");
  g_assert_cmpstr (failed->last_error, ==, "no");
  g_assert_null (failed->change);

  g_assert_true (vt_activity_begin_change (activity, "guest-set-vcpus"));
  vt_activity_end_change (activity, NULL);
  done = vt_activity_snapshot (activity);
  g_assert_cmpuint (done->last_change_id, ==, 2);
  g_assert_false (done->last_failed);
  g_assert_null (done->last_error);
  g_assert_cmpstr (done->last_change, ==, "guest-set-vcpus");
}

static void
test_dropped (void)
{
  g_autoptr (VtActivity) activity = vt_activity_new ();
  g_autoptr (VtActivitySnapshot) now = NULL;

  vt_activity_count_dropped (activity);
  vt_activity_count_dropped (activity);
  now = vt_activity_snapshot (activity);
  g_assert_cmpuint (now->dropped, ==, 2);
  g_assert_cmpuint (now->last_change_id, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/activity/nothing-yet", test_nothing_yet);
  g_test_add_func ("/activity/one-at-a-time", test_one_at_a_time);
  g_test_add_func ("/activity/last", test_last);
  g_test_add_func ("/activity/dropped", test_dropped);
  return g_test_run ();
}
