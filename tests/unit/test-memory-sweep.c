/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <errno.h>
#include <glib.h>

#include "agent/hotplug/memory-book.h"
#include "agent/kernel/block-set.h"
#include "agent/kernel/memory-ratio.h"
#include "agent/kernel/memory-sweep.h"
#include "protocol/error.h"
#include "tests/unit/kernel-tree.h"

#define PARAMETERS "sys/module/memory_hotplug/parameters"
#define HELD       "/run/virt-tune-memory-held"

/* The kernel takes no word for it: where it stands, "online" is not among the choices. */
#define STUCK "[stuck]"

static void
put (const KernelTree *tree, guint index, const char *state, const char *zones)
{
  g_autofree char *folder = g_strdup_printf ("sys/devices/system/memory/memory%u", index);

  kernel_tree_put (tree, folder, "state", state);
  kernel_tree_put (tree, folder, "removable", "1");
  kernel_tree_put (tree, folder, "valid_zones", zones);
}

static void
put_range (const KernelTree *tree, guint first, guint n, const char *state, const char *zones)
{
  for (guint i = first; i < first + n; i++)
    put (tree, i, state, zones);
}

static void
assert_state (const KernelTree *tree, guint index, const char *expected)
{
  g_autofree char *path = g_strdup_printf ("sys/devices/system/memory/memory%u/state", index);

  kernel_tree_assert (tree, path, expected);
}

static VtSweep
sweep (const KernelTree *tree, const char *word, VtMemoryBook *book)
{
  const VtSweepWish wish = { .word = word,
                             .held = book != NULL ? vt_memory_book_is_held : NULL,
                             .meet = book != NULL ? vt_memory_book_meet : NULL,
                             .data = book };
  VtSweep result = { 0 };
  g_autoptr (GError) error = NULL;

  g_assert_true (vt_memory_sweep (tree->fs, &wish, &result, &error));
  g_assert_no_error (error);
  return result;
}

/* A book that knows all that is there. */
static VtMemoryBook *
looked_at (const KernelTree *tree, const char *word)
{
  VtMemoryBook *book = vt_memory_book_new (tree->fs);

  (void) sweep (tree, word, book);
  vt_memory_book_looked (book);
  return book;
}

static void
assert_fault (const VtSweep *result, const char *word, const char *text)
{
  g_autofree char *fault = vt_sweep_get_fault (result, word);

  if (text == NULL)
    g_assert_null (fault);
  else
    g_assert_nonnull (strstr (fault, text));
}

static gboolean
is_34 (guint64 index, gpointer data)
{
  return index == 34;
}

static void
test_sweep (void)
{
  g_auto (KernelTree) tree = kernel_tree_new ();
  g_autoptr (GError) error = NULL;
  VtSweepWish wish = { .word = "online", .held = is_34 };
  VtSweep result = { .failed = 99 };

  g_assert_false (vt_memory_sweep (tree.fs, &wish, &result, &error));
  g_assert_error (error, VT_ERROR, VT_ERROR_NOT_OFFERED);
  g_assert_cmpuint (result.failed, ==, 99);
  g_clear_error (&error);

  put_range (&tree, 0, 32, "online", "Normal");
  put_range (&tree, 32, 68, "offline", "Normal Movable");
  g_assert_true (vt_memory_sweep (tree.fs, &wish, &result, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (result.online, ==, 32);
  g_assert_cmpuint (result.onlined, ==, 67);
  g_assert_cmpuint (result.held, ==, 1);
  g_assert_cmpuint (result.failed + result.misplaced + result.came, ==, 0);
  assert_state (&tree, 33, "online");
  assert_state (&tree, 34, "offline");
  assert_state (&tree, 99, "online");

  /* Those before the first are not looked at. */
  wish = (VtSweepWish){ .word = "online", .from = 35 };
  g_assert_true (vt_memory_sweep (tree.fs, &wish, &result, &error));
  g_assert_cmpuint (result.onlined, ==, 0);
  g_assert_cmpuint (result.online, ==, 100);
  assert_state (&tree, 34, "offline");

  g_assert_cmpuint (sweep (&tree, "online", NULL).onlined, ==, 1);
  g_assert_cmpuint (sweep (&tree, "online", NULL).online, ==, 100);
}

static void
test_failed (void)
{
  g_auto (KernelTree) tree = kernel_tree_new ();
  VtSweep result;

  put (&tree, 32, "offline", "Normal Movable");
  put_range (&tree, 33, 3, STUCK, "Normal Movable");
  result = sweep (&tree, "online", NULL);
  g_assert_cmpuint (result.onlined, ==, 1);
  g_assert_cmpuint (result.failed, ==, 3);
  g_assert_cmpuint (result.first_failed, >=, 33);
  g_assert_cmpint (result.error, ==, EINVAL);
  assert_fault (&result, "online", "3 blocks stay offline, the first is memory3");
}

/* Somebody else's "online" was first, before a sweep saw the blocks offline. */
static void
test_strayed (void)
{
  g_auto (KernelTree) tree = kernel_tree_new ();
  g_autoptr (VtMemoryBook) book = NULL;
  VtSweep result;

  put_range (&tree, 0, 8, "online", "none");
  book = looked_at (&tree, "online_movable");
  put_range (&tree, 32, 4, "online", "Normal");
  put_range (&tree, 36, 2, "online", "Movable");
  vt_memory_book_event (book, "add", 32);
  result = sweep (&tree, "online_movable", book);
  g_assert_cmpuint (result.online, ==, 14);
  g_assert_cmpuint (result.came, ==, 6);
  g_assert_cmpuint (result.misplaced, ==, 4);
  g_assert_cmpuint (result.strayed, ==, 4);
  assert_fault (&result, "online_movable", "4 blocks were brought online by others");

  /* Told once, also where the event comes late, and still so. */
  vt_memory_book_event (book, "add", 34);
  result = sweep (&tree, "online_movable", book);
  g_assert_cmpuint (result.came + result.strayed, ==, 0);
  g_assert_cmpuint (result.misplaced, ==, 4);
  assert_fault (&result, "online_movable", NULL);

  /* One that went and came again is another. */
  vt_memory_book_event (book, "remove", 33);
  vt_memory_book_event (book, "add", 33);
  result = sweep (&tree, "online_kernel", book);
  g_assert_cmpuint (result.came, ==, 1);
  g_assert_cmpuint (result.misplaced, ==, 2);
}

static void
test_ratio (void)
{
  g_auto (KernelTree) tree = kernel_tree_new ();
  g_autoptr (GError) error = NULL;
  VtMovable movable = { 0 };

  put_range (&tree, 0, 3, "online", "none");
  put_range (&tree, 3, 1, "online", "Normal");
  put_range (&tree, 32, 2, "online", "Movable");
  put_range (&tree, 34, 3, "offline", "Normal Movable");
  put_range (&tree, 40, 1, "going-offline", "Movable");
  g_assert_true (vt_movable_count (tree.fs, is_34, NULL, &movable, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (movable.kernel, ==, 4);
  g_assert_cmpuint (movable.movable, ==, 2);
  g_assert_cmpuint (movable.offline, ==, 2);
  g_assert_cmpuint (movable.ratio, ==, 301);
  g_assert_cmpuint (vt_movable_room (&movable), ==, 10);
  g_assert_true (vt_movable_check (&movable, 10, &error));
  g_assert_false (vt_movable_check (&movable, 11, &error));
  g_assert_error (error, VT_ERROR, VT_ERROR_REFUSED);

  kernel_tree_put (&tree, PARAMETERS, "auto_movable_ratio", "25");
  g_assert_true (vt_movable_count (tree.fs, NULL, NULL, &movable, NULL));
  g_assert_cmpuint (vt_movable_room (&movable), ==, 0);
}

/* What would go beyond the ratio is the kernel's, and said to be; none stays offline. */
static void
test_degraded (void)
{
  g_auto (KernelTree) tree = kernel_tree_new ();
  VtSweepWish forced = { .word = "online_movable", .forced = TRUE };
  VtSweep result;

  put_range (&tree, 0, 4, "online", "none");
  put_range (&tree, 32, 12, "offline", "Normal Movable");
  result = sweep (&tree, "online_movable", NULL);
  g_assert_cmpuint (result.onlined, ==, 12);
  g_assert_cmpuint (result.degraded, ==, 0);
  assert_fault (&result, "online_movable", NULL);

  put_range (&tree, 32, 13, "offline", "Normal Movable");
  result = sweep (&tree, "online_movable", NULL);
  g_assert_cmpuint (result.onlined, ==, 13);
  g_assert_cmpuint (result.degraded, ==, 13);
  g_assert_cmpuint (result.misplaced, ==, 13);
  assert_state (&tree, 44, "online");
  assert_fault (&result, "online_movable", "13 blocks went to the kernel's zone");

  put_range (&tree, 32, 13, "offline", "Normal Movable");
  g_assert_true (vt_memory_sweep (tree.fs, &forced, &result, NULL));
  g_assert_cmpuint (result.onlined, ==, 13);
  g_assert_cmpuint (result.degraded, ==, 0);
}

/* The kernel asks for no ratio when it makes all movable that comes. */
static void
test_beyond (void)
{
  g_auto (KernelTree) tree = kernel_tree_new ();
  g_autoptr (VtMemoryBook) book = NULL;
  VtSweep result;

  put_range (&tree, 0, 4, "online", "none");
  book = looked_at (&tree, "online_movable");
  put_range (&tree, 32, 13, "online", "Movable");
  result = sweep (&tree, "online_movable", book);
  g_assert_cmpuint (result.came, ==, 13);
  assert_fault (&result, "online_movable", "13 blocks are movable beside 4");
  result = sweep (&tree, "online_movable", book);
  assert_fault (&result, "online_movable", NULL);
}

static void
test_held (void)
{
  g_auto (KernelTree) tree = kernel_tree_new ();
  g_autoptr (VtMemoryBook) book = vt_memory_book_new (tree.fs);

  put_range (&tree, 7, 2, "offline", "Normal Movable");
  g_assert_true (vt_memory_book_event (book, "offline", 7));
  vt_memory_book_event (book, "offline", 7);
  vt_memory_book_event (book, "change", 7);
  g_assert_true (vt_memory_book_is_held (7, book));
  g_assert_false (vt_memory_book_is_held (8, book));

  /* An event that comes late, of how it was before. */
  vt_memory_book_event (book, "online", 7);
  g_assert_true (vt_memory_book_is_held (7, book));
  put (&tree, 7, "online", "Normal");
  vt_memory_book_event (book, "online", 7);
  g_assert_false (vt_memory_book_is_held (7, book));
  vt_memory_book_event (book, "offline", 7);
  g_assert_false (vt_memory_book_is_held (7, book));

  vt_memory_book_hold (book, 8);
  g_assert_true (vt_memory_book_is_held (8, book));
  vt_memory_book_event (book, "remove", 8);
  g_assert_false (vt_memory_book_is_held (8, book));
}

/* Over the agent's end, but not for what was plugged in a block's place. */
static void
test_held_kept (void)
{
  g_auto (KernelTree) tree = kernel_tree_new ();
  g_autofree char *run = g_build_filename (tree.root, "run", NULL);
  g_autofree char *file = g_build_filename (tree.root, HELD, NULL);
  g_autofree char *folder = g_build_filename (tree.root, "sys/devices/system/memory/memory8", NULL);
  g_autofree char *aside = g_strconcat (folder, ".aside", NULL);
  g_autoptr (VtMemoryBook) book = vt_memory_book_new (tree.fs);

  g_assert_cmpint (g_mkdir (run, 0755), ==, 0);
  put_range (&tree, 7, 3, "offline", "Normal Movable");
  vt_memory_book_hold (book, 7);
  vt_memory_book_hold (book, 8);
  vt_memory_book_save (book);
  vt_memory_book_free (book);

  g_assert_cmpint (g_rename (folder, aside), ==, 0);
  put (&tree, 8, "offline", "Normal Movable");
  book = vt_memory_book_new (tree.fs);
  g_assert_true (vt_memory_book_is_held (7, book));
  g_assert_false (vt_memory_book_is_held (8, book));
  g_assert_false (vt_memory_book_is_held (9, book));
  vt_memory_book_release_all (book);
  vt_memory_book_save (book);
  vt_memory_book_free (book);

  g_file_set_contents (file, "7\n\n7 x\n-1 2\n9 99999999999999999999\n7 8 9", -1, NULL);
  book = vt_memory_book_new (tree.fs);
  g_assert_false (vt_memory_book_is_held (7, book));
}

static void
test_late (void)
{
  g_auto (KernelTree) tree = kernel_tree_new ();
  g_autoptr (VtMemoryBook) book = vt_memory_book_new (tree.fs);
  g_autoptr (GArray) late = NULL;

  vt_memory_book_note_late (book, 40, TRUE);
  vt_memory_book_note_late (book, 41, TRUE);
  vt_memory_book_note_late (book, 42, TRUE);
  vt_memory_book_note_late (book, 40, TRUE);
  vt_memory_book_note_late (book, 41, FALSE);
  late = vt_memory_book_list_late (book);
  g_assert_cmpuint (late->len, ==, 2);
  g_assert_cmpuint (g_array_index (late, guint64, 0), ==, 42);
  g_assert_cmpuint (g_array_index (late, guint64, 1), ==, 40);
}

static void
test_set (void)
{
  g_autoptr (VtBlockSet) set = vt_block_set_new ();

  g_assert_false (vt_block_set_contains (set, 64));
  for (guint64 i = 0; i < 100000; i += 63)
    vt_block_set_add (set, i);
  vt_block_set_add (set, G_MAXUINT64);
  vt_block_set_remove (set, 126);
  vt_block_set_remove (set, G_MAXUINT64 - 1);
  for (guint64 i = 0; i < 100000; i++)
    g_assert_cmpint (vt_block_set_contains (set, i), ==, i % 63 == 0 && i != 126);
  g_assert_true (vt_block_set_contains (set, G_MAXUINT64));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/memory-sweep/sweep", test_sweep);
  g_test_add_func ("/memory-sweep/failed", test_failed);
  g_test_add_func ("/memory-sweep/strayed", test_strayed);
  g_test_add_func ("/memory-sweep/degraded", test_degraded);
  g_test_add_func ("/memory-sweep/beyond", test_beyond);
  g_test_add_func ("/memory-ratio/room", test_ratio);
  g_test_add_func ("/memory-book/held", test_held);
  g_test_add_func ("/memory-book/kept", test_held_kept);
  g_test_add_func ("/memory-book/late", test_late);
  g_test_add_func ("/block-set/members", test_set);
  return g_test_run ();
}
