/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Torn, flipped, foreign and oversized: what the journal's reader may find on disk. */

#include "config.h"

#include "agent/engine/journal.h"

#include <glib/gstdio.h>
#include <unistd.h>

#include "agent/engine/store.h"
#include "fake-world.h"
#include "protocol/error.h"

#define BOOT "11111111-2222-3333-4444-555555555555"

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
  fixture->path = g_build_filename (fixture->folder, VT_JOURNAL_FILE, NULL);
  g_assert_cmpint (g_mkdir_with_parents (fixture->folder, 0700), ==, 0);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_free (fixture->path);
  fake_world_free (fixture->world);
}

static VtJournal *
open_journal (Fixture *fixture, const char *boot_id)
{
  GError *error = NULL;
  VtJournal *journal = vt_journal_open (fixture->folder, boot_id, &error);

  g_assert_no_error (error);
  return journal;
}

/* A settled record and one under way. */
static void
write_journal (Fixture *fixture)
{
  g_autoptr (VtJournal) journal = open_journal (fixture, BOOT);
  g_autoptr (VtRecord) settled = vt_record_new ("sysctl/vm.swappiness", "", "60", NULL, "10");
  g_autoptr (VtRecord) begun
      = vt_record_new ("block/vda/scheduler", "/d/1", "none", "none", "kyber");
  g_autoptr (GPtrArray) entries = g_ptr_array_new ();

  vt_journal_put (journal, settled);
  g_ptr_array_add (entries, begun);
  g_assert_true (
      vt_journal_begin (journal, vt_journal_take_id (journal), entries, VT_STORE_DURABLE, NULL));
}

static void
check_whole (VtJournal *journal)
{
  const VtRecord *settled = vt_journal_get (journal, "sysctl/vm.swappiness");
  const GPtrArray *unfinished = vt_journal_get_unfinished (journal);
  const VtRecord *begun;

  g_assert_cmpstr (settled->original, ==, "60");
  g_assert_cmpstr (settled->wanted, ==, "10");
  g_assert_cmpuint (unfinished->len, ==, 1);
  begun = g_ptr_array_index (unfinished, 0);
  g_assert_cmpstr (begun->identity, ==, "/d/1");
  g_assert_cmpstr (begun->before, ==, "none");
}

static gboolean
is_empty (VtJournal *journal)
{
  return g_hash_table_size (vt_journal_get_records (journal)) == 0
         && vt_journal_get_unfinished (journal) == NULL;
}

static guint
count_damaged (Fixture *fixture)
{
  g_autoptr (GPtrArray) list = vt_store_list_damaged (fixture->folder, VT_JOURNAL_FILE);

  return list->len;
}

static void
forget_damaged (Fixture *fixture)
{
  g_autoptr (GPtrArray) list = vt_store_list_damaged (fixture->folder, VT_JOURNAL_FILE);

  for (guint i = 0; i < list->len; i++)
    g_remove (g_ptr_array_index (list, i));
}

static void
test_round_trip (Fixture *fixture, gconstpointer data)
{
  g_autoptr (VtJournal) journal = NULL;
  g_autoptr (VtJournal) settled = NULL;

  write_journal (fixture);
  journal = open_journal (fixture, BOOT);
  check_whole (journal);
  g_assert_cmpuint (vt_journal_take_id (journal), ==, 2);
  g_assert_true (vt_journal_settle (journal, NULL));

  settled = open_journal (fixture, BOOT);
  g_assert_null (vt_journal_get_unfinished (settled));
  g_assert_nonnull (vt_journal_get (settled, "sysctl/vm.swappiness"));
  g_assert_cmpuint (vt_journal_take_id (settled), ==, 3);
}

/* What another boot wrote is gone with its values, and is no damage. */
static void
test_other_boot (Fixture *fixture, gconstpointer data)
{
  g_autoptr (VtJournal) journal = NULL;

  write_journal (fixture);
  journal = open_journal (fixture, "another");
  g_assert_true (is_empty (journal));
  g_assert_cmpuint (count_damaged (fixture), ==, 0);
}

/* Whatever stands in the file, it is the whole truth or none of it. */
static void
check_all_or_nothing (Fixture *fixture, const char *text, gsize len)
{
  g_autoptr (VtJournal) journal = NULL;

  g_assert_true (g_file_set_contents (fixture->path, text, (gssize) len, NULL));
  journal = open_journal (fixture, BOOT);
  if (is_empty (journal))
    g_assert_cmpuint (count_damaged (fixture), ==, 1);
  else
    check_whole (journal);

  forget_damaged (fixture);
}

static void
test_cut_at_each_byte (Fixture *fixture, gconstpointer data)
{
  g_autofree char *text = NULL;
  gsize len;

  write_journal (fixture);
  g_assert_true (g_file_get_contents (fixture->path, &text, &len, NULL));
  for (gsize i = 0; i < len; i++)
    check_all_or_nothing (fixture, text, i);
}

static void
test_flip_each_bit (Fixture *fixture, gconstpointer data)
{
  g_autofree char *text = NULL;
  gsize len;

  write_journal (fixture);
  g_assert_true (g_file_get_contents (fixture->path, &text, &len, NULL));
  for (gsize i = 0; i < len * 8; i++)
    {
      text[i / 8] ^= (char) (1 << (i % 8));
      check_all_or_nothing (fixture, text, len);
      text[i / 8] ^= (char) (1 << (i % 8));
    }
}

/* Well-formed JSON under a fitting checksum that no journal ever was. */
static void
test_foreign_content (Fixture *fixture, gconstpointer data)
{
  static const char *const contents[] = {
    "{}",
    "{\"boot-id\": 1, \"last-id\": 1, \"records\": []}",
    "{\"boot-id\": \"" BOOT "\", \"last-id\": 1, \"records\": {}}",
    "{\"boot-id\": \"" BOOT "\", \"last-id\": 1, \"records\": [1]}",
    "{\"boot-id\": \"" BOOT "\", \"last-id\": 1, \"records\": [{\"key\": \"a/b\"}]}",
    "{\"boot-id\": \"" BOOT "\", \"last-id\": 1, \"records\": [{\"key\": \"a/b\", \"identity\": "
    "\"\", \"original\": 7}]}",
    "{\"boot-id\": \"" BOOT "\", \"last-id\": 1, \"records\": [], \"under-way\": []}",
    "{\"boot-id\": \"" BOOT "\", \"last-id\": 1, \"records\": [], \"under-way\": {\"id\": 1, "
    "\"entries\": [{\"key\": \"a/b\", \"identity\": \"\", \"original\": \"7\"}]}}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (contents); i++)
    {
      g_autoptr (JsonNode) node = json_from_string (contents[i], NULL);
      g_autoptr (VtJournal) journal = NULL;

      g_assert_true (vt_store_save (fixture->folder, VT_JOURNAL_FILE, json_node_get_object (node),
                                    VT_STORE_WHOLE, NULL));
      journal = open_journal (fixture, BOOT);
      g_assert_true (is_empty (journal));
      g_assert_cmpuint (count_damaged (fixture), ==, 1);
      forget_damaged (fixture);
    }
}

/* A link, a folder, a giant: set aside, not followed, not read. */
static void
test_no_file (Fixture *fixture, gconstpointer data)
{
  g_autofree char *giant = g_strnfill (VT_STORE_MAX + 2, ' ');
  g_autoptr (VtJournal) linked = NULL;
  g_autoptr (VtJournal) folder = NULL;
  g_autoptr (VtJournal) large = NULL;

  g_assert_cmpint (symlink ("/etc/hostname", fixture->path), ==, 0);
  linked = open_journal (fixture, BOOT);
  g_assert_cmpint (g_mkdir (fixture->path, 0700), ==, 0);
  folder = open_journal (fixture, BOOT);
  g_assert_true (g_file_set_contents (fixture->path, giant, -1, NULL));
  large = open_journal (fixture, BOOT);

  g_assert_true (is_empty (linked) && is_empty (folder) && is_empty (large));
  g_assert_cmpuint (count_damaged (fixture), ==, 3);
  g_assert_false (g_file_test (fixture->path, G_FILE_TEST_EXISTS));
}

/* However often it is damaged, the folder does not fill up. */
static void
test_set_aside_is_bounded (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < VT_STORE_MAX_DAMAGED + 3; i++)
    {
      g_autoptr (VtJournal) journal = NULL;

      g_assert_true (g_file_set_contents (fixture->path, "{", -1, NULL));
      journal = open_journal (fixture, BOOT);
    }

  g_assert_cmpuint (count_damaged (fixture), ==, VT_STORE_MAX_DAMAGED);
}

static void
test_bounded (Fixture *fixture, gconstpointer data)
{
  g_autoptr (VtJournal) journal = open_journal (fixture, BOOT);
  g_autoptr (GPtrArray) entries = g_ptr_array_new_with_free_func ((GDestroyNotify) vt_record_free);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i <= VT_JOURNAL_MAX; i++)
    {
      g_autofree char *key = g_strdup_printf ("block/vd%u/scheduler", i);

      g_ptr_array_add (entries, vt_record_new (key, "", "none", "none", "kyber"));
    }

  g_assert_false (vt_journal_begin (journal, 1, entries, VT_STORE_DURABLE, &error));
  g_assert_error (error, VT_ERROR, VT_ERROR_STATE);
  g_assert_false (g_file_test (fixture->path, G_FILE_TEST_EXISTS));
}

/* What a killed writer left half is in nobody's way, and goes. */
static void
test_half_written (Fixture *fixture, gconstpointer data)
{
  g_autofree char *next = g_strconcat (fixture->path, ".new", NULL);
  g_autoptr (VtJournal) journal = NULL;

  g_assert_true (g_file_set_contents (next, "{", 1, NULL));
  write_journal (fixture);
  g_assert_false (g_file_test (next, G_FILE_TEST_EXISTS));
  journal = open_journal (fixture, BOOT);
  g_assert_nonnull (vt_journal_get (journal, "sysctl/vm.swappiness"));
  g_assert_cmpuint (count_damaged (fixture), ==, 0);
}

#define CASE(name, func) g_test_add ("/journal/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  CASE ("round-trip", test_round_trip);
  CASE ("other-boot", test_other_boot);
  CASE ("cut-at-each-byte", test_cut_at_each_byte);
  CASE ("flip-each-bit", test_flip_each_bit);
  CASE ("foreign-content", test_foreign_content);
  CASE ("no-file", test_no_file);
  CASE ("set-aside-is-bounded", test_set_aside_is_bounded);
  CASE ("bounded", test_bounded);
  CASE ("half-written", test_half_written);
  return g_test_run ();
}
