/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The durable state: after each step of a change, the next process finds that step. */

#include "config.h"

#include "agent/state/state.h"

#include <glib/gstdio.h>
#include <string.h>

#include "agent/state/folder.h"
#include "agent/state/log-text.h"
#include "agent/state/state-log.h"
#include "fake-world.h"
#include "protocol/error.h"

#define BOOT       "11111111-2222-3333-4444-555555555555"
#define OTHER_BOOT "99999999-2222-3333-4444-555555555555"
#define KEY        "sysctl/vm.swappiness"
#define DEADLINE   42

typedef struct
{
  FakeWorld *world;
  const char *folder;
  char *path;
  VtState *state;
} Fixture;

static void
load (Fixture *fixture, const char *boot_id)
{
  GError *error = NULL;

  g_clear_pointer (&fixture->state, vt_state_free);
  fixture->state = vt_state_new (fixture->folder, NULL, "default");
  g_assert_true (vt_state_load (fixture->state, boot_id, &error));
  g_assert_no_error (error);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->world = fake_world_new ();
  fixture->folder = fixture->world->state_dir;
  fixture->path = g_build_filename (fixture->folder, VT_STATE_LOG_FILE, NULL);
  load (fixture, BOOT);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  vt_state_free (fixture->state);
  g_free (fixture->path);
  fake_world_free (fixture->world);
}

static GPtrArray *
make_entries (const char *before, const char *wanted)
{
  GPtrArray *entries = g_ptr_array_new_with_free_func ((GDestroyNotify) vt_record_free);

  g_ptr_array_add (entries, vt_record_new (KEY, "", "60", before, wanted));

  return entries;
}

static VtActive *
make_active (const char *assignments, gboolean transient)
{
  g_autoptr (VtSettings) settings = fake_settings (assignments);
  g_autoptr (VtActive) empty = vt_active_new (NULL);

  return vt_active_with (empty, &(VtApplyRequest){ .settings = settings, .transient = transient });
}

static void
begin (Fixture *fixture, const char *before, const char *wanted)
{
  g_autoptr (GPtrArray) entries = make_entries (before, wanted);

  g_assert_true (vt_state_begin (fixture->state, VT_CHANGE_BY_HOST,
                                 vt_state_take_id (fixture->state), entries, NULL));
}

static void
hold (Fixture *fixture, const char *wanted, VtActive *active)
{
  g_autoptr (GPtrArray) entries = make_entries ("60", wanted);

  g_assert_true (vt_state_hold (fixture->state, entries, active, DEADLINE, NULL));
}

/* Commits a change that has set KEY to @wanted; NULL: that has restored its original. */
static void
commit (Fixture *fixture, const char *wanted, VtActive *active)
{
  g_autoptr (VtRecordChanges) changes
      = vt_record_changes_new (vt_state_get_records (fixture->state));
  g_autoptr (VtRecord) record = vt_record_new (KEY, "", "60", NULL, wanted);

  if (wanted != NULL)
    vt_record_changes_put (changes, record);
  else
    vt_record_changes_drop (changes, KEY);
  g_assert_true (vt_state_commit (fixture->state, changes, active, NULL));
}

static void
undo (Fixture *fixture)
{
  g_autoptr (VtRecordChanges) none = vt_record_changes_new (vt_state_get_records (fixture->state));

  g_assert_true (vt_state_undo (fixture->state, none, NULL));
}

/* Checks that the record of KEY says @wanted; NULL: that there is no record. */
static void
check_record (Fixture *fixture, const char *wanted)
{
  const VtRecord *record = vt_state_get_record (fixture->state, KEY);

  g_assert_cmpstr (record != NULL ? record->wanted : NULL, ==, wanted);
  if (record != NULL)
    {
      g_assert_cmpstr (record->original, ==, "60");
      g_assert_null (record->before);
    }
}

static void
check_active (Fixture *fixture, VtActive *active)
{
  g_assert_true (vt_active_equal (vt_state_get_active (fixture->state), active));
}

static guint
count_damaged (Fixture *fixture)
{
  g_autoptr (GPtrArray) list = vt_state_list_damaged (fixture->state);

  return list->len;
}

/* Returns: the kind of each record of the log. */
static char *
list_kinds (Fixture *fixture)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (VtLogText) valid = NULL;
  GString *kinds = g_string_new (NULL);

  g_assert_cmpint (vt_state_folder_read (fixture->folder, VT_STATE_LOG_FILE, text), ==, 0);
  valid = vt_log_text_parse (text, NULL);
  for (guint i = 0; i < valid->records->len; i++)
    g_string_append_printf (
        kinds, "%s%s", i > 0 ? " " : "",
        json_object_get_string_member (g_ptr_array_index (valid->records, i), "record"));

  return g_string_free (kinds, FALSE);
}

static void
check_kinds (Fixture *fixture, const char *expected)
{
  g_autofree char *kinds = list_kinds (fixture);

  g_assert_cmpstr (kinds, ==, expected);
}

static void
test_nothing_stored (Fixture *fixture, gconstpointer data)
{
  g_autoptr (VtActive) fallback = vt_active_new ("default");

  check_record (fixture, NULL);
  check_active (fixture, fallback);
  g_assert_null (vt_state_get_change (fixture->state));
  g_assert_cmpuint (vt_state_take_id (fixture->state), ==, 1);
  check_kinds (fixture, "snapshot");
}

static void
test_commit (Fixture *fixture, gconstpointer data)
{
  g_autoptr (VtActive) active = make_active (KEY "=10", FALSE);

  begin (fixture, "60", "10");
  load (fixture, BOOT);
  g_assert_nonnull (vt_state_get_change (fixture->state));
  g_assert_cmpuint (vt_state_get_change (fixture->state)->id, ==, 1);
  check_record (fixture, NULL);

  commit (fixture, "10", active);
  load (fixture, BOOT);
  g_assert_null (vt_state_get_change (fixture->state));
  check_record (fixture, "10");
  check_active (fixture, active);
  g_assert_cmpuint (vt_state_take_id (fixture->state), ==, 2);
  check_kinds (fixture, "snapshot begin commit");

  begin (fixture, "10", "60");
  commit (fixture, NULL, NULL);
  load (fixture, BOOT);
  check_record (fixture, NULL);
  check_active (fixture, active);
}

static void
test_undo (Fixture *fixture, gconstpointer data)
{
  begin (fixture, "60", "10");
  undo (fixture);
  load (fixture, BOOT);
  g_assert_null (vt_state_get_change (fixture->state));
  check_record (fixture, NULL);
  check_kinds (fixture, "snapshot begin undo");
}

static void
test_provisional (Fixture *fixture, gconstpointer data)
{
  g_autoptr (VtActive) before = vt_active_new ("default");
  g_autoptr (VtActive) active = make_active (KEY "=10", FALSE);
  g_autoptr (VtProvisional) provisional = NULL;

  begin (fixture, "60", "10");
  hold (fixture, "10", active);
  load (fixture, BOOT);
  provisional = vt_state_get_provisional (fixture->state);
  g_assert_nonnull (provisional);
  g_assert_cmpint (provisional->deadline, ==, DEADLINE);
  g_assert_cmpuint (provisional->apply_id, ==, 1);
  g_assert_true (vt_active_equal (provisional->active, active));
  g_assert_true (vt_active_equal (vt_state_get_effective (fixture->state), active));
  check_active (fixture, before);

  g_assert_true (vt_state_cancel (fixture->state, NULL));
  load (fixture, BOOT);
  g_assert_null (vt_state_get_provisional (fixture->state));
  g_assert_nonnull (vt_state_get_change (fixture->state));
  undo (fixture);
  check_kinds (fixture, "snapshot begin provisional cancel undo");
}

/* In another boot, the records are gone, because the kernel has new values. Stored settings stay.
 */
static void
test_another_boot (Fixture *fixture, gconstpointer data)
{
  g_autoptr (VtActive) kept = make_active (KEY "=10", FALSE);
  g_autoptr (VtSettings) more = fake_settings ("sysctl/vm.dirty_ratio=7");
  g_autoptr (VtActive) both
      = vt_active_with (kept, &(VtApplyRequest){ .settings = more, .transient = TRUE });

  begin (fixture, "60", "10");
  commit (fixture, "10", both);
  begin (fixture, "10", "20");
  load (fixture, OTHER_BOOT);
  check_record (fixture, NULL);
  g_assert_null (vt_state_get_change (fixture->state));
  check_active (fixture, kept);
  g_assert_cmpuint (vt_state_take_id (fixture->state), ==, 3);
  g_assert_cmpuint (count_damaged (fixture), ==, 0);
  check_kinds (fixture, "snapshot");
}

/*
 * A record gets its newline when it is on disk. In the same boot, a record without newline does not
 * count, because its writer got an error. After a power cut no writer got one, and the record
 * counts.
 */
static void
test_last_newline_lost (Fixture *fixture, gconstpointer data)
{
  g_autoptr (VtActive) before = vt_active_new ("default");
  g_autoptr (VtActive) active = make_active (KEY "=10", FALSE);
  g_autofree char *text = NULL;
  gsize len;

  begin (fixture, "60", "10");
  commit (fixture, "10", active);
  g_assert_true (g_file_get_contents (fixture->path, &text, &len, NULL));

  g_assert_true (g_file_set_contents (fixture->path, text, (gssize) len - 1, NULL));
  load (fixture, BOOT);
  g_assert_nonnull (vt_state_get_change (fixture->state));
  check_active (fixture, before);

  g_assert_true (g_file_set_contents (fixture->path, text, (gssize) len - 1, NULL));
  load (fixture, OTHER_BOOT);
  g_assert_null (vt_state_get_change (fixture->state));
  check_active (fixture, active);
  g_assert_cmpuint (count_damaged (fixture), ==, 0);

  /* The file's size is on disk, the newline is not. */
  text[len - 1] = '\0';
  g_assert_true (g_file_set_contents (fixture->path, text, (gssize) len, NULL));
  load (fixture, OTHER_BOOT);
  g_assert_null (vt_state_get_change (fixture->state));
  check_active (fixture, active);
  g_assert_cmpuint (count_damaged (fixture), ==, 0);
}

/* Records that are well-formed and have the right checksum, but that this program never writes. */
static void
test_foreign_records (Fixture *fixture, gconstpointer data)
{
#define SNAPSHOT                                                                                   \
  "{\"record\": \"snapshot\", \"version\": 2, \"boot-id\": \"" BOOT "\", \"last-id\": 1, "
  static const char *const records[] = {
    "{}",
    "{\"record\": 7}",
    "{\"record\": \"commit\", \"set\": [], \"dropped\": []}",
    "{\"record\": \"snapshot\", \"version\": 3, \"boot-id\": \"" BOOT
    "\", \"last-id\": 1, \"records\": []}",
    SNAPSHOT "\"records\": {}}",
    SNAPSHOT "\"records\": [1]}",
    SNAPSHOT "\"records\": [{\"key\": \"a/b\"}]}",
    SNAPSHOT "\"records\": [{\"key\": \"a/b\", \"identity\": \"\", \"original\": 7}]}",
    SNAPSHOT "\"records\": [], \"under-way\": []}",
    SNAPSHOT "\"records\": [], \"under-way\": {\"id\": 1, \"entries\": [{\"key\": \"a/b\", "
             "\"identity\": \"\", \"original\": \"7\"}]}}",
    SNAPSHOT "\"records\": [], \"active\": {\"settings\": 1}}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (records); i++)
    {
      g_autoptr (JsonNode) node = json_from_string (records[i], NULL);
      g_autoptr (GPtrArray) list = g_ptr_array_new ();
      g_autoptr (VtStateLog) log = vt_state_log_open (fixture->folder, NULL);

      g_ptr_array_add (list, json_node_get_object (node));
      g_assert_true (vt_state_log_replace (log, list, VT_STATE_FILE_MAX, NULL));
      load (fixture, BOOT);
      check_record (fixture, NULL);
      g_assert_cmpuint (count_damaged (fixture), ==, MIN (i + 1, VT_STATE_MAX_DAMAGED));
      check_kinds (fixture, "snapshot");
    }
}

/* A record that is not possible in its place is dropped; the records before it are used. */
static void
test_record_out_of_place (Fixture *fixture, gconstpointer data)
{
  g_autoptr (VtActive) active = make_active (KEY "=10", FALSE);
  g_autoptr (JsonNode) node = json_from_string ("{\"record\": \"cancel\"}", NULL);
  g_autoptr (VtStateLog) log = NULL;

  begin (fixture, "60", "10");
  commit (fixture, "10", active);
  log = vt_state_log_open (fixture->folder, NULL);
  g_assert_true (
      vt_state_log_append (log, json_node_get_object (node), VT_STATE_FILE_MAX, TRUE, NULL));
  load (fixture, BOOT);
  check_record (fixture, "10");
  check_active (fixture, active);
  g_assert_cmpuint (count_damaged (fixture), ==, 1);
  /* Ids that the dropped records may have had are not used again. */
  g_assert_cmpuint (vt_state_take_id (fixture->state), >, 1000);
}

/* The size of the log is limited: a snapshot replaces it when it has grown too much. */
static void
test_grows_and_shrinks (Fixture *fixture, gconstpointer data)
{
  g_autoptr (VtActive) active = make_active (KEY "=10", FALSE);
  g_autoptr (VtActive) other = make_active (KEY "=20", FALSE);
  gsize largest = 0;
  struct stat info;

  for (guint i = 0; i < 2000; i++)
    {
      begin (fixture, i % 2 ? "10" : "20", i % 2 ? "20" : "10");
      commit (fixture, i % 2 ? "20" : "10", i % 2 ? other : active);
      g_assert_cmpint (g_stat (fixture->path, &info), ==, 0);
      largest = MAX (largest, (gsize) info.st_size);
    }

  g_assert_cmpuint (largest, >, 64 * 1024);
  g_assert_cmpuint (largest, <, 68 * 1024);
  load (fixture, BOOT);
  check_record (fixture, "20");
  check_active (fixture, other);
  g_assert_cmpuint (vt_state_take_id (fixture->state), ==, 2001);
}

static void
test_bounded (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) entries = g_ptr_array_new_with_free_func ((GDestroyNotify) vt_record_free);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i <= VT_RECORDS_MAX; i++)
    {
      g_autofree char *key = g_strdup_printf ("block/vd%u/scheduler", i);

      g_ptr_array_add (entries, vt_record_new (key, "", "none", "none", "kyber"));
    }

  g_assert_false (vt_state_begin (fixture->state, VT_CHANGE_BY_HOST, 1, entries, &error));
  g_assert_error (error, VT_ERROR, VT_ERROR_STATE);
  g_assert_null (vt_state_get_change (fixture->state));
  check_kinds (fixture, "snapshot");
}

/* Settings that are active already: where the end cannot be written, the change has not ended. */
static void
test_commit_of_same_settings (Fixture *fixture, gconstpointer data)
{
  g_autoptr (VtActive) active = make_active (KEY "=10", FALSE);
  g_autofree char *aside = g_strconcat (fixture->folder, ".aside", NULL);
  g_autoptr (VtRecordChanges) changes = NULL;
  g_autoptr (VtRecord) record = vt_record_new (KEY, "", "60", NULL, "10");
  g_autoptr (GError) error = NULL;

  begin (fixture, "60", "10");
  commit (fixture, "10", active);
  begin (fixture, "33", "10");
  changes = vt_record_changes_new (vt_state_get_records (fixture->state));
  vt_record_changes_put (changes, record);
  g_assert_cmpint (g_rename (fixture->folder, aside), ==, 0);
  g_assert_false (vt_state_commit (fixture->state, changes, active, &error));
  g_assert_error (error, VT_ERROR, VT_ERROR_STATE);
  g_assert_nonnull (vt_state_get_change (fixture->state));

  g_assert_cmpint (g_rename (aside, fixture->folder), ==, 0);
  g_assert_true (vt_state_commit (fixture->state, changes, active, NULL));
  g_assert_null (vt_state_get_change (fixture->state));
  check_active (fixture, active);
}

/* --dump-state reads the same content as the agent, and changes nothing. */
static void
test_dump (Fixture *fixture, gconstpointer data)
{
  g_autoptr (VtActive) active = make_active (KEY "=10", FALSE);
  g_autofree char *dump = NULL;
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  g_autoptr (JsonNode) node = NULL;
  JsonObject *object;

  begin (fixture, "60", "10");
  commit (fixture, "10", active);
  g_assert_true (g_file_get_contents (fixture->path, &before, NULL, NULL));
  dump = vt_state_dump (fixture->folder, BOOT, NULL);
  g_assert_true (g_file_get_contents (fixture->path, &after, NULL, NULL));
  g_assert_cmpstr (before, ==, after);

  node = json_from_string (dump, NULL);
  object = json_node_get_object (node);
  g_assert_cmpstr (json_object_get_string_member (object, "boot-id"), ==, BOOT);
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (object, "records")), ==,
                    1);
  g_assert_true (json_object_has_member (object, "active"));
}

/* A record without its newline is used as a start uses it: only in another boot. */
static void
test_dump_of_unfinished (Fixture *fixture, gconstpointer data)
{
  g_autoptr (VtActive) active = make_active (KEY "=10", FALSE);
  g_autofree char *text = NULL;
  g_autofree char *same = NULL;
  g_autofree char *other = NULL;
  gsize len;

  begin (fixture, "60", "10");
  commit (fixture, "10", active);
  g_assert_true (g_file_get_contents (fixture->path, &text, &len, NULL));
  g_assert_true (g_file_set_contents (fixture->path, text, (gssize) len - 1, NULL));
  same = vt_state_dump (fixture->folder, BOOT, NULL);
  other = vt_state_dump (fixture->folder, OTHER_BOOT, NULL);
  g_assert_nonnull (strstr (same, "under-way"));
  g_assert_null (strstr (other, "under-way"));
}

static void
test_dump_of_nothing (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) absent = NULL;
  g_autoptr (GError) foreign = NULL;

  g_assert_true (g_file_set_contents (fixture->path, "{}\n", -1, NULL));
  g_assert_null (vt_state_dump (fixture->folder, BOOT, &foreign));
  g_assert_nonnull (strstr (foreign->message, "no valid record"));
  g_assert_cmpint (g_remove (fixture->path), ==, 0);
  g_assert_null (vt_state_dump (fixture->folder, BOOT, &absent));
  g_assert_nonnull (strstr (absent->message, "No such file"));
}

#define CASE(name, func) g_test_add ("/state/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  CASE ("nothing-stored", test_nothing_stored);
  CASE ("commit", test_commit);
  CASE ("undo", test_undo);
  CASE ("provisional", test_provisional);
  CASE ("another-boot", test_another_boot);
  CASE ("last-newline-lost", test_last_newline_lost);
  CASE ("foreign-records", test_foreign_records);
  CASE ("record-out-of-place", test_record_out_of_place);
  CASE ("grows-and-shrinks", test_grows_and_shrinks);
  CASE ("bounded", test_bounded);
  CASE ("commit-of-same-settings", test_commit_of_same_settings);
  CASE ("dump", test_dump);
  CASE ("dump-of-unfinished", test_dump_of_unfinished);
  CASE ("dump-of-nothing", test_dump_of_nothing);
  return g_test_run ();
}
