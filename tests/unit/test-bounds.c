/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A request beyond the engine's limits is refused and changes nothing; all others can be undone. */

#include "config.h"

#include "agent/engine/engine.h"

#include "agent/commands/tune-report.h"
#include "agent/state/content.h"
#include "fake-guest.h"
#include "protocol/error.h"
#include "protocol/json.h"
#include "protocol/message.h"
#include "protocol/scanner.h"

static gboolean
try_apply (FakeGuest *guest, const VtSettings *settings, gboolean transient, GError **error)
{
  const VtApplyRequest request = { .settings = settings, .transient = transient };
  g_autoptr (VtReport) report = NULL;

  return vt_engine_apply (guest->engine, &request, &report, error);
}

/* Makes settings with globs that match no disk, each with another name. */
static VtSettings *
make_globs (const char *prefix, guint n, guint value_len)
{
  g_autofree char *value = g_strnfill (value_len, '7');
  VtSettings *settings = vt_settings_new ();

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *key = g_strdup_printf ("block/%s%u*/read_ahead_kb", prefix, i);

      g_ptr_array_add (settings->list, vt_setting_new (key, value, FALSE, NULL));
    }

  return settings;
}

static guint
count_active (FakeGuest *guest)
{
  g_autoptr (VtActive) active = vt_engine_ref_active (guest->engine);

  return active->stored.settings->list->len;
}

static void
check_refused (FakeGuest *guest, const VtSettings *settings, const char *text)
{
  const guint before = count_active (guest);
  g_autoptr (GError) error = NULL;

  g_assert_false (try_apply (guest, settings, FALSE, &error));
  g_assert_error (error, VT_ERROR, VT_ERROR_INVALID_ARGUMENT);
  g_assert_nonnull (strstr (error->message, text));
  g_assert_cmpuint (count_active (guest), ==, before);
  fake_guest_restart (guest);
  g_assert_cmpuint (count_active (guest), ==, before);
}

static void
test_settings (FakeGuest *guest, gconstpointer data)
{
  g_autoptr (VtSettings) first = make_globs ("a", 3000, 3);
  g_autoptr (VtSettings) second = make_globs ("b", 3000, 3);
  g_autoptr (VtSettings) rest = make_globs ("c", VT_SETTINGS_MAX - 3000, 3);
  GError *error = NULL;

  g_assert_true (try_apply (guest, first, FALSE, &error));
  check_refused (guest, second, "4096");
  g_assert_true (try_apply (guest, rest, FALSE, &error));
  fake_guest_restart (guest);
  g_assert_cmpuint (count_active (guest), ==, VT_SETTINGS_MAX);
}

static void
test_bytes (FakeGuest *guest, gconstpointer data)
{
  g_autoptr (VtSettings) first = make_globs ("a", 600, 1000);
  g_autoptr (VtSettings) second = make_globs ("b", 600, 1000);

  g_assert_true (try_apply (guest, first, FALSE, NULL));
  check_refused (guest, second, "1048576");
}

static void
check_many (FakeGuest *guest, char digit)
{
  for (guint i = 0; i < guest->world->state->many; i++)
    g_assert_cmpint (guest->world->state->many_value[i], ==, digit - '1');
}

/* One of the records is that of the base policy. */
static void
test_records (FakeGuest *guest, gconstpointer data)
{
  g_autoptr (VtSettings) settings = fake_settings ("block/sd*/rq_affinity=2");
  g_autoptr (VtSettings) others = fake_settings ("block/sd*/rq_affinity=3");
  g_autoptr (VtReport) report = NULL;
  g_autoptr (GError) refused = NULL;
  GError *error = NULL;

  guest->world->state->many = VT_RECORDS_MAX;
  g_assert_false (try_apply (guest, settings, FALSE, &refused));
  g_assert_error (refused, VT_ERROR, VT_ERROR_STATE);
  g_assert_nonnull (strstr (refused->message, "8192"));
  check_many (guest, '1');

  guest->world->state->many = VT_RECORDS_MAX - 1;
  g_assert_true (try_apply (guest, settings, FALSE, &error));
  check_many (guest, '2');
  g_assert_true (try_apply (guest, others, FALSE, &error));
  check_many (guest, '3');
  fake_guest_restart (guest);
  g_assert_true (vt_engine_rollback (guest->engine, &report, &error));
  g_assert_no_error (error);
  check_many (guest, '1');
  fake_guest_check_original (guest);
}

/* All records are in use, and the roll-back needs one more for the base policy. */
static void
test_roll_back_at_the_bound (FakeGuest *guest, gconstpointer data)
{
  g_autoptr (VtSettings) settings = fake_settings ("block/sd*/rq_affinity=2");
  g_autoptr (VtReport) report = NULL;
  GError *error = NULL;

  /* The kernel already has the base policy's value, so the base policy has no record. */
  vt_engine_free (guest->engine);
  fake_world_reboot (guest->world);
  fake_world_set (guest->world, FAKE_AUTO_ONLINE, "online");
  fake_guest_start (guest);

  guest->world->state->many = VT_RECORDS_MAX;
  g_assert_true (try_apply (guest, settings, FALSE, &error));
  g_assert_no_error (error);
  fake_world_set (guest->world, FAKE_AUTO_ONLINE, "offline");
  g_assert_true (vt_engine_rollback (guest->engine, &report, &error));
  g_assert_no_error (error);
  check_many (guest, '1');
}

/* A state that just fits can be rolled back; a change whose state does not fit is not begun. */
static void
test_state_bytes (FakeGuest *guest, gconstpointer data)
{
  FakeState *state = guest->world->state;
  gboolean fits = TRUE;

  state->many = VT_RECORDS_MAX - 1;
  for (state->many_padding = 400; fits && state->many_padding < 700; state->many_padding += 40)
    {
      g_autoptr (VtSettings) settings = fake_settings ("block/sd*/rq_affinity=2");
      g_autoptr (VtReport) report = NULL;
      g_autoptr (GError) refused = NULL;
      GError *error = NULL;

      fits = try_apply (guest, settings, FALSE, &refused);
      check_many (guest, fits ? '2' : '1');
      g_assert_true (vt_engine_rollback (guest->engine, &report, &error));
      g_assert_no_error (error);
      check_many (guest, '1');
      if (!fits)
        g_assert_nonnull (strstr (refused->message, "it would be larger than"));
    }

  g_assert_false (fits);
  g_assert_cmpuint (state->many_padding, >, 440);
}

static void
check_reply (JsonNode *node, guint rows, gint64 min_more)
{
  g_autofree char *line = vt_reply_to_line (node, NULL);
  g_autoptr (JsonNode) parsed = vt_json_parse (line, strlen (line), &vt_scanner_reply_limits, NULL);
  JsonObject *object = json_object_get_object_member (json_node_get_object (parsed), "return");
  guint told = json_array_get_length (json_object_get_array_member (object, "attributes"));

  g_assert_cmpuint (strlen (line), <, 4 * 1024 * 1024);
  g_assert_cmpint (json_object_get_int_member_with_default (object, "more", 0), >=, min_more);
  g_assert_cmpint (told + json_object_get_int_member_with_default (object, "more", 0), ==, rows);
}

/* A reply that is cut has the rows with faults first. */
static void
check_first (JsonNode *node, const char *result)
{
  JsonArray *rows = json_object_get_array_member (json_node_get_object (node), "attributes");

  g_assert_cmpstr (
      json_object_get_string_member (json_array_get_object_element (rows, 0), "result"), ==,
      result);
}

/* A reply is never larger than a client accepts, and says how many rows are missing. */
static void
test_replies (FakeGuest *guest, gconstpointer data)
{
  g_autofree char *value = g_strnfill (VT_SETTINGS_VALUE_MAX, '"');
  g_autoptr (VtReport) report = g_new0 (VtReport, 1);
  g_autoptr (JsonNode) apply = NULL;
  g_autoptr (JsonNode) verify = NULL;
  g_autofree char *line = NULL;

  report->rows = g_ptr_array_new_with_free_func ((GDestroyNotify) vt_row_free);
  report->ignored = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < 70000; i++)
    {
      VtRow *row = vt_row_new ("sysctl/a", VT_RESULT_DRIFT);

      if (i >= 2000 && i < 6000)
        row->wanted = g_strdup (value);
      if (i < 69999)
        row->result = VT_RESULT_OK;
      g_ptr_array_add (report->rows, row);
      g_ptr_array_add (report->ignored, g_strdup ("\x01\x02"));
    }

  apply = vt_tune_apply_to_json (report, 0);
  verify = vt_tune_verify_to_json (report);
  check_reply (verify, 70000, 60000);
  check_first (verify, "drift");
  line = vt_reply_to_line (apply, NULL);
  g_assert_cmpuint (strlen (line), <, 7 * 1024 * 1024);
}

#define STORY(name, func)                                                                          \
  g_test_add ("/bounds/" name, FakeGuest, NULL, fake_guest_set_up, func, fake_guest_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  STORY ("settings", test_settings);
  STORY ("bytes", test_bytes);
  STORY ("records", test_records);
  STORY ("roll-back-at-the-bound", test_roll_back_at_the_bound);
  STORY ("state-bytes", test_state_bytes);
  STORY ("replies", test_replies);
  return g_test_run ();
}
