/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <errno.h>
#include <glib.h>

#include "agent/hotplug/memory-tracker.h"
#include "agent/kernel/block-set.h"
#include "agent/kernel/memory-sweep.h"
#include "agent/kernel/movable-memory.h"
#include "protocol/error.h"
#include "tests/unit/kernel-tree.h"

#define PARAMETERS "sys/module/memory_hotplug/parameters"
#define HELD       "/run/virt-tune-memory-held"

/* A state file that refuses every write: in a fixture tree, brackets mean a choice, and this one
 * offers no policy. */
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

static VtSweepResult
sweep (const KernelTree *tree, const char *policy, VtMemoryTracker *tracker)
{
  const VtSweepRequest request
      = { .policy = policy,
          .is_held = tracker != NULL ? vt_memory_tracker_is_held : NULL,
          .record_online = tracker != NULL ? vt_memory_tracker_record_online : NULL,
          .data = tracker };
  VtSweepResult result = { 0 };
  g_autoptr (GError) error = NULL;

  g_assert_true (vt_memory_sweep (tree->fs, &request, &result, &error));
  g_assert_no_error (error);
  return result;
}

/* A tracker that has seen all blocks of the tree. */
static VtMemoryTracker *
scanned_tracker (const KernelTree *tree, const char *policy)
{
  VtMemoryTracker *tracker = vt_memory_tracker_new (tree->fs);

  (void) sweep (tree, policy, tracker);
  vt_memory_tracker_end_first_scan (tracker);
  return tracker;
}

static void
assert_fault (const VtSweepResult *result, const char *policy, const char *text)
{
  g_autofree char *fault = vt_sweep_result_describe_problem (result, policy);

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
  VtSweepRequest request = { .policy = "online", .is_held = is_34 };
  VtSweepResult result = { .failed = 99 };

  g_assert_false (vt_memory_sweep (tree.fs, &request, &result, &error));
  g_assert_error (error, VT_ERROR, VT_ERROR_NOT_OFFERED);
  g_assert_cmpuint (result.failed, ==, 99);
  g_clear_error (&error);

  put_range (&tree, 0, 32, "online", "Normal");
  put_range (&tree, 32, 68, "offline", "Normal Movable");
  g_assert_true (vt_memory_sweep (tree.fs, &request, &result, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (result.online, ==, 32);
  g_assert_cmpuint (result.onlined, ==, 67);
  g_assert_cmpuint (result.held, ==, 1);
  g_assert_cmpuint (result.failed + result.misplaced + result.newly_plugged, ==, 0);
  assert_state (&tree, 33, "online");
  assert_state (&tree, 34, "offline");
  assert_state (&tree, 99, "online");

  /* Blocks before @from are not checked. */
  request = (VtSweepRequest){ .policy = "online", .from = 35 };
  g_assert_true (vt_memory_sweep (tree.fs, &request, &result, &error));
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
  VtSweepResult result;

  put (&tree, 32, "offline", "Normal Movable");
  put_range (&tree, 33, 3, STUCK, "Normal Movable");
  result = sweep (&tree, "online", NULL);
  g_assert_cmpuint (result.onlined, ==, 1);
  g_assert_cmpuint (result.failed, ==, 3);
  g_assert_cmpuint (result.first_failed, >=, 33);
  g_assert_cmpint (result.error, ==, EINVAL);
  assert_fault (&result, "online", "3 blocks stay offline, the first is memory3");
}

/* Another program brings plugged blocks online in the wrong zone before the first sweep. */
static void
test_misplaced_by_others (void)
{
  g_auto (KernelTree) tree = kernel_tree_new ();
  g_autoptr (VtMemoryTracker) tracker = NULL;
  VtSweepResult result;

  put_range (&tree, 0, 8, "online", "none");
  tracker = scanned_tracker (&tree, "online_movable");
  put_range (&tree, 32, 4, "online", "Normal");
  put_range (&tree, 36, 2, "online", "Movable");
  vt_memory_tracker_handle_event (tracker, "add", 32);
  result = sweep (&tree, "online_movable", tracker);
  g_assert_cmpuint (result.online, ==, 14);
  g_assert_cmpuint (result.newly_plugged, ==, 6);
  g_assert_cmpuint (result.misplaced, ==, 4);
  g_assert_cmpuint (result.newly_misplaced, ==, 4);
  assert_fault (&result, "online_movable", "4 blocks were brought online by others");

  /* They are reported once, also if the event arrives after the sweep, but still count as
   * misplaced. */
  vt_memory_tracker_handle_event (tracker, "add", 34);
  result = sweep (&tree, "online_movable", tracker);
  g_assert_cmpuint (result.newly_plugged + result.newly_misplaced, ==, 0);
  g_assert_cmpuint (result.misplaced, ==, 4);
  assert_fault (&result, "online_movable", NULL);

  /* A block that was removed and added again counts as a new one. */
  vt_memory_tracker_handle_event (tracker, "remove", 33);
  vt_memory_tracker_handle_event (tracker, "add", 33);
  result = sweep (&tree, "online_kernel", tracker);
  g_assert_cmpuint (result.newly_plugged, ==, 1);
  g_assert_cmpuint (result.misplaced, ==, 2);
}

static void
test_ratio (void)
{
  g_auto (KernelTree) tree = kernel_tree_new ();
  g_autoptr (GError) error = NULL;
  VtMovableMemory movable = { 0 };

  put_range (&tree, 0, 3, "online", "none");
  put_range (&tree, 3, 1, "online", "Normal");
  put_range (&tree, 32, 2, "online", "Movable");
  put_range (&tree, 34, 3, "offline", "Normal Movable");
  put_range (&tree, 40, 1, "going-offline", "Movable");
  g_assert_true (vt_movable_memory_read (tree.fs, is_34, NULL, &movable, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (movable.kernel, ==, 4);
  g_assert_cmpuint (movable.movable, ==, 2);
  g_assert_cmpuint (movable.offline, ==, 2);
  g_assert_cmpuint (movable.ratio, ==, 301);
  g_assert_cmpuint (vt_movable_memory_get_allowance (&movable), ==, 10);
  g_assert_true (vt_movable_memory_check (&movable, 10, &error));
  g_assert_false (vt_movable_memory_check (&movable, 11, &error));
  g_assert_error (error, VT_ERROR, VT_ERROR_REFUSED);

  kernel_tree_put (&tree, PARAMETERS, "auto_movable_ratio", "25");
  g_assert_true (vt_movable_memory_read (tree.fs, NULL, NULL, &movable, NULL));
  g_assert_cmpuint (vt_movable_memory_get_allowance (&movable), ==, 0);
}

/* If the blocks would exceed the ratio, they go to the kernel's zone, and this is reported. None
 * stays offline. */
static void
test_kernel_fallback (void)
{
  g_auto (KernelTree) tree = kernel_tree_new ();
  VtSweepRequest forced = { .policy = "online_movable", .forced = TRUE };
  VtSweepResult result;

  put_range (&tree, 0, 4, "online", "none");
  put_range (&tree, 32, 12, "offline", "Normal Movable");
  result = sweep (&tree, "online_movable", NULL);
  g_assert_cmpuint (result.onlined, ==, 12);
  g_assert_cmpuint (result.kernel_fallback, ==, 0);
  assert_fault (&result, "online_movable", NULL);

  put_range (&tree, 32, 13, "offline", "Normal Movable");
  result = sweep (&tree, "online_movable", NULL);
  g_assert_cmpuint (result.onlined, ==, 13);
  g_assert_cmpuint (result.kernel_fallback, ==, 13);
  g_assert_cmpuint (result.misplaced, ==, 13);
  assert_state (&tree, 44, "online");
  assert_fault (&result, "online_movable", "13 blocks went to the kernel's zone");

  put_range (&tree, 32, 13, "offline", "Normal Movable");
  g_assert_true (vt_memory_sweep (tree.fs, &forced, &result, NULL));
  g_assert_cmpuint (result.onlined, ==, 13);
  g_assert_cmpuint (result.kernel_fallback, ==, 0);
}

/* Stands for a block that is plugged after the blocks were counted. */
static gboolean
is_not_counted (guint64 index, gpointer data)
{
  guint *calls = data;

  return index == 44 && ++*calls == 1;
}

static void
test_plugged_after_count (void)
{
  g_auto (KernelTree) tree = kernel_tree_new ();
  guint calls = 0;
  const VtSweepRequest request
      = { .policy = "online_movable", .is_held = is_not_counted, .data = &calls };
  VtSweepResult result;

  put_range (&tree, 0, 4, "online", "none");
  put_range (&tree, 32, 13, "offline", "Normal Movable");
  g_assert_true (vt_memory_sweep (tree.fs, &request, &result, NULL));
  g_assert_cmpuint (result.onlined, ==, 13);
  g_assert_cmpuint (result.kernel_fallback, ==, 1);
  assert_fault (&result, "online_movable", "1 blocks went to the kernel's zone");
}

/* The kernel ignores the ratio if its policy is online_movable. */
static void
test_exceeds_ratio (void)
{
  g_auto (KernelTree) tree = kernel_tree_new ();
  g_autoptr (VtMemoryTracker) tracker = NULL;
  VtSweepResult result;

  put_range (&tree, 0, 4, "online", "none");
  tracker = scanned_tracker (&tree, "online_movable");
  put_range (&tree, 32, 13, "online", "Movable");
  result = sweep (&tree, "online_movable", tracker);
  g_assert_cmpuint (result.newly_plugged, ==, 13);
  assert_fault (&result, "online_movable", "13 blocks are movable beside 4");
  result = sweep (&tree, "online_movable", tracker);
  assert_fault (&result, "online_movable", NULL);
}

static void
test_held (void)
{
  g_auto (KernelTree) tree = kernel_tree_new ();
  g_autoptr (VtMemoryTracker) tracker = vt_memory_tracker_new (tree.fs);

  put_range (&tree, 7, 2, "offline", "Normal Movable");
  g_assert_true (vt_memory_tracker_handle_event (tracker, "offline", 7));
  vt_memory_tracker_handle_event (tracker, "offline", 7);
  vt_memory_tracker_handle_event (tracker, "change", 7);
  g_assert_true (vt_memory_tracker_is_held (7, tracker));
  g_assert_false (vt_memory_tracker_is_held (8, tracker));

  /* A late event does not release the block: the block is offline again. */
  vt_memory_tracker_handle_event (tracker, "online", 7);
  g_assert_true (vt_memory_tracker_is_held (7, tracker));
  put (&tree, 7, "online", "Normal");
  vt_memory_tracker_handle_event (tracker, "online", 7);
  g_assert_false (vt_memory_tracker_is_held (7, tracker));
  vt_memory_tracker_handle_event (tracker, "offline", 7);
  g_assert_false (vt_memory_tracker_is_held (7, tracker));

  vt_memory_tracker_hold (tracker, 8);
  g_assert_true (vt_memory_tracker_is_held (8, tracker));
  vt_memory_tracker_handle_event (tracker, "remove", 8);
  g_assert_false (vt_memory_tracker_is_held (8, tracker));
}

/* Held blocks stay held over a restart of the agent, but not a new block with the same index. */
static void
test_held_persists (void)
{
  g_auto (KernelTree) tree = kernel_tree_new ();
  g_autofree char *run = g_build_filename (tree.root, "run", NULL);
  g_autofree char *file = g_build_filename (tree.root, HELD, NULL);
  g_autofree char *folder = g_build_filename (tree.root, "sys/devices/system/memory/memory8", NULL);
  g_autofree char *aside = g_strconcat (folder, ".aside", NULL);
  g_autoptr (VtMemoryTracker) tracker = vt_memory_tracker_new (tree.fs);

  g_assert_cmpint (g_mkdir (run, 0755), ==, 0);
  put_range (&tree, 7, 3, "offline", "Normal Movable");
  vt_memory_tracker_hold (tracker, 7);
  vt_memory_tracker_hold (tracker, 8);
  vt_memory_tracker_save (tracker);
  vt_memory_tracker_free (tracker);

  g_assert_cmpint (g_rename (folder, aside), ==, 0);
  put (&tree, 8, "offline", "Normal Movable");
  tracker = vt_memory_tracker_new (tree.fs);
  g_assert_true (vt_memory_tracker_is_held (7, tracker));
  g_assert_false (vt_memory_tracker_is_held (8, tracker));
  g_assert_false (vt_memory_tracker_is_held (9, tracker));
  vt_memory_tracker_release_all (tracker);
  vt_memory_tracker_save (tracker);
  vt_memory_tracker_free (tracker);

  g_file_set_contents (file, "7\n\n7 x\n-1 2\n9 99999999999999999999\n7 8 9", -1, NULL);
  tracker = vt_memory_tracker_new (tree.fs);
  g_assert_false (vt_memory_tracker_is_held (7, tracker));
}

static void
test_slow (void)
{
  g_auto (KernelTree) tree = kernel_tree_new ();
  g_autoptr (VtMemoryTracker) tracker = vt_memory_tracker_new (tree.fs);
  g_autoptr (GArray) slow = NULL;

  vt_memory_tracker_set_slow (tracker, 40, TRUE);
  vt_memory_tracker_set_slow (tracker, 41, TRUE);
  vt_memory_tracker_set_slow (tracker, 42, TRUE);
  vt_memory_tracker_set_slow (tracker, 40, TRUE);
  vt_memory_tracker_set_slow (tracker, 41, FALSE);
  slow = vt_memory_tracker_list_slow (tracker);
  g_assert_cmpuint (slow->len, ==, 2);
  g_assert_cmpuint (g_array_index (slow, guint64, 0), ==, 42);
  g_assert_cmpuint (g_array_index (slow, guint64, 1), ==, 40);
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
  g_test_add_func ("/memory-sweep/misplaced-by-others", test_misplaced_by_others);
  g_test_add_func ("/memory-sweep/kernel-fallback", test_kernel_fallback);
  g_test_add_func ("/memory-sweep/plugged-after-count", test_plugged_after_count);
  g_test_add_func ("/memory-sweep/exceeds-ratio", test_exceeds_ratio);
  g_test_add_func ("/memory-ratio", test_ratio);
  g_test_add_func ("/memory-tracker/held", test_held);
  g_test_add_func ("/memory-tracker/held-persists", test_held_persists);
  g_test_add_func ("/memory-tracker/slow", test_slow);
  g_test_add_func ("/block-set/members", test_set);
  return g_test_run ();
}
