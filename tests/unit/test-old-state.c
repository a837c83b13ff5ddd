/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The two state files of version 0.1 are converted once: both, one alone, in each state of a
 * change.
 */

#include "config.h"

#include "agent/state/state.h"

#include <glib/gstdio.h>
#include <string.h>

#include "agent/state/state-log.h"
#include "fake-world.h"
#include "protocol/json.h"

#define BOOT       "11111111-2222-3333-4444-555555555555"
#define OTHER_BOOT "99999999-2222-3333-4444-555555555555"
#define KEY        "sysctl/vm.swappiness"

#define RECORD(before)                                                                             \
  "{\"key\": \"" KEY "\", \"identity\": \"\", \"original\": \"60\"," before " \"wanted\": \"10\"}"
#define LEVEL(settings) "{\"profile-forced\": false, \"settings\": " settings ", \"forced\": []}"
#define SWAPPINESS      "{\"sysctl\": {\"vm.swappiness\": 10}}"
#define LEVELS(settings)                                                                           \
  "\"rolled-back\": false, \"kept\": " LEVEL (settings) ", \"transient\": " LEVEL ("{}")
#define ACTIVE(id)    "{\"boot-id\": \"" BOOT "\", \"apply-id\": " id ", " LEVELS (SWAPPINESS) "}"
#define JOURNAL(rest) "{\"boot-id\": \"" BOOT "\", \"last-id\": 7, " rest "}"

static const char settled[] = JOURNAL ("\"records\": [" RECORD ("") "]");
static const char begun[]
    = JOURNAL ("\"records\": [], \"under-way\": {\"id\": 7, \"entries\": [" RECORD (
        "\"before\": \"60\",") "]}");
static const char tried[]
    = JOURNAL ("\"records\": [], \"under-way\": {\"id\": 7, \"entries\": [" RECORD (
        "\"before\": \"60\",") "], "
                               "\"trial\": {\"deadline\": 42, \"active\": {" LEVELS (
                                   SWAPPINESS) "}}}");

typedef struct
{
  FakeWorld *world;
  VtState *state;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->world = fake_world_new ();
  g_assert_cmpint (g_mkdir_with_parents (fixture->world->state_dir, 0700), ==, 0);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  vt_state_free (fixture->state);
  fake_world_free (fixture->world);
}

static char *
path_of (Fixture *fixture, const char *name)
{
  return g_build_filename (fixture->world->state_dir, name, NULL);
}

/* Writes @content with a version and a checksum, as version 0.1 did. */
static void
write_file (Fixture *fixture, const char *name, const char *content)
{
  g_autoptr (JsonNode) node = json_from_string (content, NULL);
  g_autofree char *text = NULL;
  g_autofree char *checksum = NULL;
  g_autofree char *whole = NULL;
  g_autofree char *path = path_of (fixture, name);

  g_assert_nonnull (node);
  text = vt_json_to_string (node);
  checksum = g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);
  whole
      = g_strdup_printf ("{\"version\": 1, \"checksum\": \"%s\", \"content\": %s}", checksum, text);
  g_assert_true (g_file_set_contents (path, whole, -1, NULL));
}

static void
load (Fixture *fixture, const char *boot_id)
{
  GError *error = NULL;

  g_clear_pointer (&fixture->state, vt_state_free);
  fixture->state = vt_state_new (fixture->world->state_dir, NULL, "default");
  g_assert_true (vt_state_load (fixture->state, boot_id, &error));
  g_assert_no_error (error);
}

static void
check_record (Fixture *fixture, gboolean is_changed)
{
  const VtRecord *record = vt_state_get_record (fixture->state, KEY);

  g_assert_cmpint (record != NULL, ==, is_changed);
  if (is_changed)
    g_assert_cmpstr (record->original, ==, "60");
}

static void
check_setting (Fixture *fixture, gboolean is_active)
{
  const VtActive *active = vt_state_get_active (fixture->state);

  g_assert_cmpint (vt_settings_get (active->stored.settings, KEY) != NULL, ==, is_active);
}

/* Checks that the old files are removed, and that the log has their content. */
static void
check_taken_over (Fixture *fixture, guint damaged)
{
  static const char *const names[] = { "active.json", "journal.json" };
  g_autoptr (GPtrArray) list = vt_state_list_damaged (fixture->state);
  g_autofree char *log = path_of (fixture, VT_STATE_LOG_FILE);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = path_of (fixture, names[i]);

      g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
    }
  g_assert_true (g_file_test (log, G_FILE_TEST_EXISTS));
  g_assert_cmpuint (list->len, ==, damaged);
}

static void
test_settled (Fixture *fixture, gconstpointer data)
{
  write_file (fixture, "active.json", ACTIVE ("7"));
  write_file (fixture, "journal.json", settled);
  for (guint i = 0; i < 2; i++)
    {
      load (fixture, BOOT);
      check_record (fixture, TRUE);
      check_setting (fixture, TRUE);
      g_assert_null (vt_state_get_change (fixture->state));
      check_taken_over (fixture, 0);
    }

  g_assert_cmpuint (vt_state_take_id (fixture->state), ==, 8);
}

/* A change that was begun must be undone, as version 0.1 would have done. */
static void
test_begun (Fixture *fixture, gconstpointer data)
{
  write_file (fixture, "journal.json", begun);
  load (fixture, BOOT);
  g_assert_nonnull (vt_state_get_change (fixture->state));
  g_assert_null (vt_state_get_change (fixture->state)->provisional);
  check_record (fixture, FALSE);
  check_setting (fixture, FALSE);
  check_taken_over (fixture, 0);
}

static void
test_provisional (Fixture *fixture, gconstpointer data)
{
  g_autoptr (VtProvisional) provisional = NULL;

  write_file (fixture, "journal.json", tried);
  load (fixture, BOOT);
  provisional = vt_state_get_provisional (fixture->state);
  g_assert_nonnull (provisional);
  g_assert_cmpuint (provisional->apply_id, ==, 7);
  g_assert_cmpint (provisional->deadline, ==, 42);
  g_assert_nonnull (vt_settings_get (provisional->active->stored.settings, KEY));
  check_setting (fixture, FALSE);
}

/* Version 0.1 wrote a confirmation to active.json first, so that file decides. */
static void
test_confirmed (Fixture *fixture, gconstpointer data)
{
  write_file (fixture, "active.json", ACTIVE ("7"));
  write_file (fixture, "journal.json", tried);
  load (fixture, BOOT);
  g_assert_null (vt_state_get_change (fixture->state));
  check_record (fixture, TRUE);
  check_setting (fixture, TRUE);
}

/* The settings of an earlier apply in active.json are no confirmation. */
static void
test_not_confirmed (Fixture *fixture, gconstpointer data)
{
  g_autoptr (VtProvisional) provisional = NULL;

  write_file (fixture, "active.json", ACTIVE ("6"));
  write_file (fixture, "journal.json", tried);
  load (fixture, BOOT);
  provisional = vt_state_get_provisional (fixture->state);
  g_assert_nonnull (provisional);
}

static void
test_another_boot (Fixture *fixture, gconstpointer data)
{
  write_file (fixture, "active.json", ACTIVE ("7"));
  write_file (fixture, "journal.json", settled);
  load (fixture, OTHER_BOOT);
  check_record (fixture, FALSE);
  check_setting (fixture, TRUE);
  check_taken_over (fixture, 0);
}

/* If one file is damaged, the other one is used. */
static void
test_damaged (Fixture *fixture, gconstpointer data)
{
  g_autofree char *active = path_of (fixture, "active.json");
  g_autofree char *journal = path_of (fixture, "journal.json");
  g_autofree char *log = path_of (fixture, VT_STATE_LOG_FILE);

  write_file (fixture, "journal.json", settled);
  g_assert_true (g_file_set_contents (active, "{", 1, NULL));
  load (fixture, BOOT);
  check_record (fixture, TRUE);
  check_setting (fixture, FALSE);
  check_taken_over (fixture, 1);

  g_clear_pointer (&fixture->state, vt_state_free);
  g_assert_cmpint (g_remove (log), ==, 0);
  write_file (fixture, "active.json", ACTIVE ("7"));
  g_assert_true (g_file_set_contents (journal, "{", 1, NULL));
  load (fixture, BOOT);
  check_record (fixture, FALSE);
  check_setting (fixture, TRUE);
  check_taken_over (fixture, 2);
}

/* If there is a log, the old files are ignored: a kill after the conversion has left them. */
static void
test_old_files_beside_log (Fixture *fixture, gconstpointer data)
{
  load (fixture, BOOT);
  write_file (fixture, "active.json", ACTIVE ("7"));
  write_file (fixture, "journal.json", settled);
  load (fixture, BOOT);
  check_record (fixture, FALSE);
  check_setting (fixture, FALSE);
  check_taken_over (fixture, 0);
}

#define CASE(name, func) g_test_add ("/old-state/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  CASE ("settled", test_settled);
  CASE ("begun", test_begun);
  CASE ("provisional", test_provisional);
  CASE ("confirmed", test_confirmed);
  CASE ("not-confirmed", test_not_confirmed);
  CASE ("another-boot", test_another_boot);
  CASE ("damaged", test_damaged);
  CASE ("old-files-beside-log", test_old_files_beside_log);
  return g_test_run ();
}
