/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The state log's file: cut, with flipped bits, with foreign content, too large, and appended to.
 */

#include "config.h"

#include "agent/state/state-log.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/state/folder.h"
#include "fake-disk.h"
#include "fake-world.h"
#include "protocol/error.h"

#define N_RECORDS 3

typedef struct
{
  FakeWorld *world;
  const char *folder;
  char *path;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->world = fake_world_new ();
  fixture->folder = fixture->world->state_dir;
  fixture->path = g_build_filename (fixture->folder, VT_STATE_LOG_FILE, NULL);
  g_assert_cmpint (g_mkdir_with_parents (fixture->folder, 0700), ==, 0);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_free (fixture->path);
  fake_world_free (fixture->world);
}

static VtStateLog *
open_log (Fixture *fixture)
{
  GError *error = NULL;
  VtStateLog *log = vt_state_log_open (fixture->folder, &error);

  g_assert_no_error (error);
  return log;
}

static JsonObject *
make_record (gint64 number)
{
  JsonObject *record = json_object_new ();

  json_object_set_int_member (record, "number", number);
  json_object_set_string_member (record, "text", "a\nb\xc3\xa4");

  return record;
}

static gboolean
append (VtStateLog *log, gint64 number, GError **error)
{
  g_autoptr (JsonObject) record = make_record (number);

  return vt_state_log_append (log, record, VT_STATE_FILE_MAX, TRUE, error);
}

static gboolean
replace (VtStateLog *log, gint64 number, GError **error)
{
  g_autoptr (GPtrArray) records
      = g_ptr_array_new_with_free_func ((GDestroyNotify) json_object_unref);

  g_ptr_array_add (records, make_record (number));

  return vt_state_log_replace (log, records, VT_STATE_FILE_MAX, error);
}

/* Writes the records 1 to N_RECORDS; the last ones are appended. */
static void
write_log (Fixture *fixture)
{
  g_autoptr (VtStateLog) log = open_log (fixture);
  GError *error = NULL;

  g_assert_true (replace (log, 1, &error));
  for (gint64 i = 2; i <= N_RECORDS; i++)
    g_assert_true (append (log, i, &error));
  g_assert_no_error (error);
}

/* Checks that the log has the first @n records, and no others. */
static void
check_records (const VtStateLog *log, guint n)
{
  const GPtrArray *records = vt_state_log_get_records (log);

  g_assert_cmpuint (records != NULL ? records->len : 0, ==, n);
  for (guint i = 0; i < n; i++)
    {
      JsonObject *record = g_ptr_array_index (records, i);

      g_assert_cmpint (json_object_get_int_member (record, "number"), ==, i + 1);
      g_assert_cmpstr (json_object_get_string_member (record, "text"), ==, "a\nb\xc3\xa4");
    }
}

static void
check_file (Fixture *fixture, guint n)
{
  g_autoptr (VtStateLog) log = open_log (fixture);

  check_records (log, n);
}

static guint
forget_damaged (Fixture *fixture)
{
  g_autoptr (GPtrArray) list = vt_state_folder_list_damaged (fixture->folder, VT_STATE_LOG_FILE);

  for (guint i = 0; i < list->len; i++)
    g_remove (g_ptr_array_index (list, i));

  return list->len;
}

static void
test_round_trip (Fixture *fixture, gconstpointer data)
{
  g_autoptr (VtStateLog) log = NULL;

  write_log (fixture);
  log = open_log (fixture);
  check_records (log, N_RECORDS);
  g_assert_false (vt_state_log_is_damaged (log));
  g_assert_false (vt_state_log_needs_replace (log));
  g_assert_true (append (log, N_RECORDS + 1, NULL));
  check_file (fixture, N_RECORDS + 1);
}

static guint
count_lines (const char *text, gsize len)
{
  guint lines = 0;

  for (gsize i = 0; i < len; i++)
    lines += text[i] == '\n';

  return lines;
}

/* The complete records are used; an unfinished last record does not count as damage. */
static void
test_cut_at_each_byte (Fixture *fixture, gconstpointer data)
{
  g_autofree char *text = NULL;
  gsize len;

  write_log (fixture);
  g_assert_true (g_file_get_contents (fixture->path, &text, &len, NULL));
  for (gsize i = 0; i < len; i++)
    {
      const guint n = count_lines (text, i);

      g_assert_true (g_file_set_contents (fixture->path, text, (gssize) i, NULL));
      check_file (fixture, n);
      g_assert_cmpuint (forget_damaged (fixture), ==, n == 0 ? 1 : 0);
    }
}

/* The records before the flipped bit are used; the rest is kept in a damaged file. */
static void
test_flip_each_bit (Fixture *fixture, gconstpointer data)
{
  g_autofree char *text = NULL;
  gsize len;

  write_log (fixture);
  g_assert_true (g_file_get_contents (fixture->path, &text, &len, NULL));
  for (gsize i = 0; i < len * 8; i++)
    {
      const gboolean is_last_byte = i / 8 == len - 1;

      text[i / 8] ^= (char) (1 << (i % 8));
      g_assert_true (g_file_set_contents (fixture->path, text, (gssize) len, NULL));
      text[i / 8] ^= (char) (1 << (i % 8));
      check_file (fixture, count_lines (text, i / 8));
      g_assert_cmpuint (forget_damaged (fixture), ==, is_last_byte ? 0 : 1);
    }
}

/* The last record lacks only its newline, which its writer adds when the record is on disk. */
static void
test_unfinished (Fixture *fixture, gconstpointer data)
{
  g_autofree char *text = NULL;
  g_autoptr (VtStateLog) log = NULL;
  g_autoptr (VtStateLog) torn = NULL;
  gsize len;

  write_log (fixture);
  g_assert_true (g_file_get_contents (fixture->path, &text, &len, NULL));
  g_assert_true (g_file_set_contents (fixture->path, text, (gssize) len - 1, NULL));
  log = open_log (fixture);
  check_records (log, N_RECORDS - 1);
  g_assert_cmpint (json_object_get_int_member (vt_state_log_get_unfinished (log), "number"), ==,
                   N_RECORDS);

  g_assert_true (g_file_set_contents (fixture->path, text, (gssize) len - 2, NULL));
  torn = open_log (fixture);
  check_records (torn, N_RECORDS - 1);
  g_assert_null (vt_state_log_get_unfinished (torn));
}

/*
 * After a power cut, a file can be longer than its written part. The rest reads as NUL, except for
 * later blocks that were written before.
 */
static void
test_nul_after_record (Fixture *fixture, gconstpointer data)
{
  const char *const rest[] = { "", "abc\n" };
  g_autofree char *text = NULL;
  gsize len;

  write_log (fixture);
  g_assert_true (g_file_get_contents (fixture->path, &text, &len, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (rest); i++)
    for (gsize n_nuls = 1; n_nuls < 100; n_nuls += 49)
      {
        g_autoptr (GString) torn = g_string_new_len (text, (gssize) len - 1);
        g_autoptr (VtStateLog) log = NULL;

        for (gsize n = 0; n < n_nuls; n++)
          g_string_append_c (torn, '\0');
        g_string_append (torn, rest[i]);
        g_assert_true (g_file_set_contents (fixture->path, torn->str, (gssize) torn->len, NULL));
        log = open_log (fixture);
        check_records (log, N_RECORDS - 1);
        g_assert_cmpint (json_object_get_int_member (vt_state_log_get_unfinished (log), "number"),
                         ==, N_RECORDS);
        g_assert_cmpuint (forget_damaged (fixture), ==, rest[i][0] == '\0' ? 0 : 1);
      }
}

/* A line is valid only in the place where it was written. */
static void
test_moved_lines (Fixture *fixture, gconstpointer data)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  g_autofree char *repeated = NULL;
  g_autofree char *missing = NULL;

  write_log (fixture);
  g_assert_true (g_file_get_contents (fixture->path, &text, NULL, NULL));
  lines = g_strsplit (text, "\n", 0);

  repeated = g_strdup_printf ("%s\n%s\n%s\n", lines[0], lines[1], lines[1]);
  g_assert_true (g_file_set_contents (fixture->path, repeated, -1, NULL));
  check_file (fixture, 2);
  g_assert_cmpuint (forget_damaged (fixture), ==, 1);

  missing = g_strdup_printf ("%s\n%s\n", lines[0], lines[2]);
  g_assert_true (g_file_set_contents (fixture->path, missing, -1, NULL));
  check_file (fixture, 1);
  g_assert_cmpuint (forget_damaged (fixture), ==, 1);
}

/* A symbolic link, a folder, and a file that is too large are set aside, neither followed nor read.
 */
static void
test_not_a_file (Fixture *fixture, gconstpointer data)
{
  g_autofree char *giant = g_strnfill (VT_STATE_FILE_MAX + 2, ' ');

  g_assert_cmpint (symlink ("/etc/hostname", fixture->path), ==, 0);
  check_file (fixture, 0);
  g_assert_cmpint (g_mkdir (fixture->path, 0700), ==, 0);
  check_file (fixture, 0);
  g_assert_true (g_file_set_contents (fixture->path, giant, -1, NULL));
  check_file (fixture, 0);

  g_assert_cmpuint (forget_damaged (fixture), ==, 3);
  g_assert_false (g_file_test (fixture->path, G_FILE_TEST_EXISTS));
}

/* The number of damaged files in the folder is limited. */
static void
test_damaged_files_are_bounded (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < VT_STATE_MAX_DAMAGED + 3; i++)
    {
      g_assert_true (g_file_set_contents (fixture->path, "{\n", -1, NULL));
      check_file (fixture, 0);
    }

  g_assert_cmpuint (forget_damaged (fixture), ==, VT_STATE_MAX_DAMAGED);
}

/* The half-written new file of a killed writer disturbs nothing, and is removed. */
static void
test_half_written (Fixture *fixture, gconstpointer data)
{
  g_autofree char *next = g_strconcat (fixture->path, ".new", NULL);

  g_assert_true (g_file_set_contents (next, "{", 1, NULL));
  write_log (fixture);
  g_assert_false (g_file_test (next, G_FILE_TEST_EXISTS));
  check_file (fixture, N_RECORDS);
  g_assert_cmpuint (forget_damaged (fixture), ==, 0);
}

/* After a failed sync, the record is removed from the file, because the writer got an error. */
static void
test_failed_append (Fixture *fixture, gconstpointer data)
{
  g_autoptr (VtStateLog) log = NULL;
  g_autoptr (GError) unsynced = NULL;
  g_autoptr (GError) unwritten = NULL;

  write_log (fixture);
  log = open_log (fixture);
  fake_disk_fail_syncs (1, 1);
  g_assert_false (append (log, N_RECORDS + 1, &unsynced));
  fake_disk_fail_syncs (0, 0);
  g_assert_error (unsynced, VT_ERROR, VT_ERROR_STATE);
  check_file (fixture, N_RECORDS);

  g_assert_true (vt_state_log_needs_replace (log));
  fake_disk_set_full (TRUE);
  g_assert_false (replace (log, 1, &unwritten));
  g_assert_nonnull (strstr (unwritten->message, g_strerror (ENOSPC)));
  check_file (fixture, N_RECORDS);
  fake_disk_set_full (FALSE);
  g_assert_true (replace (log, 1, NULL));
  g_assert_true (append (log, 2, NULL));
  check_file (fixture, 2);
}

/* The caller's size limit is checked before anything is written. */
static void
test_bounded (Fixture *fixture, gconstpointer data)
{
  g_autoptr (JsonObject) record = make_record (N_RECORDS + 1);
  g_autoptr (VtStateLog) log = NULL;
  g_autoptr (GError) error = NULL;
  gsize size;

  write_log (fixture);
  log = open_log (fixture);
  size = vt_state_log_get_size (log);
  g_assert_false (vt_state_log_append (log, record, size + 10, TRUE, &error));
  g_assert_nonnull (strstr (error->message, "it would be larger than"));
  check_file (fixture, N_RECORDS);
  g_assert_true (vt_state_log_append (log, record, 2 * size, TRUE, NULL));
  check_file (fixture, N_RECORDS + 1);
}

/* A record that its reader can't use is dropped, with all records after it. */
static void
test_rejected (Fixture *fixture, gconstpointer data)
{
  g_autoptr (VtStateLog) log = NULL;

  write_log (fixture);
  log = open_log (fixture);
  g_assert_true (vt_state_log_reject (log, 1, "a test says so", NULL));
  check_records (log, 1);
  g_assert_true (vt_state_log_is_damaged (log));
  g_assert_true (vt_state_log_needs_replace (log));
  g_assert_cmpuint (forget_damaged (fixture), ==, 1);

  g_assert_true (vt_state_log_reject (log, 0, "a test says so", NULL));
  g_assert_false (g_file_test (fixture->path, G_FILE_TEST_EXISTS));
}

#define CASE(name, func) g_test_add ("/state-log/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  CASE ("round-trip", test_round_trip);
  CASE ("cut-at-each-byte", test_cut_at_each_byte);
  CASE ("flip-each-bit", test_flip_each_bit);
  CASE ("unfinished", test_unfinished);
  CASE ("nul-after-record", test_nul_after_record);
  CASE ("moved-lines", test_moved_lines);
  CASE ("not-a-file", test_not_a_file);
  CASE ("damaged-files-are-bounded", test_damaged_files_are_bounded);
  CASE ("half-written", test_half_written);
  CASE ("failed-append", test_failed_append);
  CASE ("bounded", test_bounded);
  CASE ("rejected", test_rejected);
  return g_test_run ();
}
