/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib.h>

#include "agent/hotplug/memory-watch.h"
#include "agent/kernel/alarm.h"
#include "agent/kernel/memory-map.h"
#include "agent/kernel/memory-offline.h"
#include "protocol/error.h"
#include "tests/unit/kernel-tree.h"

#include <errno.h>
#include <unistd.h>

#define NODES "sys/devices/system/node/"
#define ACPI  "sys/bus/acpi/devices/"

static void
add_block (const KernelTree *tree, guint index, const char *state, const char *zones, guint node)
{
  g_autofree char *folder = g_strdup_printf ("sys/devices/system/memory/memory%u", index);
  g_autofree char *link = g_strdup_printf (NODES "node%u/memory%u", node, index);

  kernel_tree_put (tree, folder, "state", state);
  kernel_tree_put (tree, folder, "removable", "1");
  kernel_tree_put (tree, folder, "valid_zones", zones);
  kernel_tree_put (tree, link, "state", state);
}

static void
add_guest (const KernelTree *tree)
{
  add_block (tree, 0, "online", "none", 0);
  add_block (tree, 1, "online", "Normal", 0);
  add_block (tree, 2, "online", "Normal", 0);
  add_block (tree, 32, "online", "Movable", 1);
  add_block (tree, 33, "online", "Movable", 1);
  add_block (tree, 34, "offline", "Normal Movable", 1);
  add_block (tree, 35, "going-offline", "Movable", 1);
}

static void
assert_span (const GArray *map,
             guint at,
             guint first,
             guint last,
             int node,
             const char *state,
             const char *zones)
{
  const VtMemorySpan *span = &g_array_index (map, VtMemorySpan, at);

  g_assert_cmpuint (span->first, ==, first);
  g_assert_cmpuint (span->last, ==, last);
  g_assert_cmpint (span->node, ==, node);
  g_assert_cmpstr (span->state, ==, state);
  g_assert_cmpstr (span->zones, ==, zones);
}

static void
test_map (void)
{
  g_auto (KernelTree) tree = kernel_tree_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) none = vt_memory_map_list (tree.fs, &error);
  g_autoptr (GArray) map = NULL;

  g_assert_null (none);
  g_assert_error (error, VT_ERROR, VT_ERROR_NOT_OFFERED);
  g_clear_error (&error);

  add_guest (&tree);
  kernel_tree_put (&tree, NODES "nodeX/memory1", "state", "online");
  kernel_tree_put (&tree, NODES, "has_memory", "0-1");
  map = vt_memory_map_list (tree.fs, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (map->len, ==, 5);
  assert_span (map, 0, 0, 0, 0, "online", "none");
  assert_span (map, 1, 1, 2, 0, "online", "Normal");
  assert_span (map, 2, 32, 33, 1, "online", "Movable");
  assert_span (map, 3, 34, 34, 1, "offline", "Normal Movable");
  assert_span (map, 4, 35, 35, 1, "going-offline", "Movable");
  g_assert_cmpuint (vt_memory_map_count_online (map, NULL), ==, 5);
  g_assert_cmpuint (vt_memory_map_count_online (map, "Movable"), ==, 2);
}

static void
test_refused (void)
{
  g_auto (KernelTree) tree = kernel_tree_new ();

  g_assert_cmpuint (vt_memory_count_refused (tree.fs), ==, 0);
  kernel_tree_put (&tree, ACPI "PNP0C80:00", "status", "15");
  kernel_tree_put (&tree, ACPI "PNP0C80:00/physical_node", "state", "online");
  kernel_tree_put (&tree, ACPI "PNP0C80:01", "status", "15");
  kernel_tree_put (&tree, ACPI "PNP0C80:02", "status", "0");
  kernel_tree_put (&tree, ACPI "PNP0C0A:00", "status", "15");
  g_assert_cmpuint (vt_memory_count_refused (tree.fs), ==, 1);
}

static void
test_available (void)
{
  g_auto (KernelTree) tree = kernel_tree_new ();

  g_assert_cmpuint (vt_memory_available (tree.fs), ==, 0);
  kernel_tree_put (&tree, "proc", "meminfo", "MemTotal: 500 kB\nMemAvailable:   317440 kB\n");
  g_assert_cmpuint (vt_memory_available (tree.fs), ==, 317440 * 1024);

  /* What is free in zone Movable is no room for the kernel's own. */
  kernel_tree_put (&tree, "proc", "buddyinfo",
                   "Node 0, zone    DMA32      2      3      4\n"
                   "Node 1, zone  Movable      1      2    100\n");
  g_assert_cmpuint (vt_memory_available (tree.fs), ==, 317440 * 1024 - 405 * 4096);
  kernel_tree_put (&tree, "proc", "buddyinfo",
                   "Node 1, zone  Movable 0 0 0 0 0 0 0 0 0 0 9999999\n");
  g_assert_cmpuint (vt_memory_available (tree.fs), ==, 0);
  g_assert_cmpuint (vt_memory_memmap (G_GUINT64_CONSTANT (32) << 30), ==, 512 << 20);
}

static void
assert_state (const KernelTree *tree, guint index, const char *expected)
{
  g_autofree char *path = g_strdup_printf ("sys/devices/system/memory/memory%u/state", index);

  kernel_tree_assert (tree, path, expected);
}

typedef struct
{
  KernelTree tree;
  VtAlarm *alarm;
  GString *told;
} Offline;

static void
tell (guint64 index, int fault, gpointer data)
{
  g_string_append_printf (((Offline *) data)->told, "%" G_GUINT64_FORMAT " ", index);
}

static void
offline (Offline *guest, VtOfflineWish wish, const char *told, VtOfflined *ret)
{
  g_autoptr (GError) error = NULL;

  wish.alarm = guest->alarm;
  wish.tell = tell;
  wish.data = guest;
  g_string_truncate (guest->told, 0);
  g_assert_true (vt_memory_offline (guest->tree.fs, &wish, ret, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (guest->told->str, ==, told);
}

static void
test_offline (void)
{
  Offline guest = { kernel_tree_new (), vt_alarm_new (), g_string_new (NULL) };
  const KernelTree *tree = &guest.tree;
  gint64 end = g_get_monotonic_time () + 60 * G_USEC_PER_SEC;
  VtOfflined result = { 0 };

  add_guest (tree);
  offline (&guest, (VtOfflineWish){ .n = 1, .movable_only = TRUE, .end = end }, "33 ", &result);
  g_assert_cmpuint (result.offlined, ==, 1);
  g_assert_cmpuint (result.unfinished, ==, 1);
  assert_state (tree, 33, "offline");
  offline (&guest, (VtOfflineWish){ .n = 9, .movable_only = TRUE, .end = end }, "32 ", &result);
  assert_state (tree, 2, "online");

  kernel_tree_put (tree, "sys/devices/system/memory/memory2", "removable", "0");
  offline (&guest, (VtOfflineWish){ .n = 1, .end = end }, "2 1 ", &result);
  g_assert_cmpuint (result.offlined, ==, 1);
  g_assert_cmpuint (result.refused, ==, 1);
  assert_state (tree, 2, "online");
  assert_state (tree, 1, "offline");

  offline (&guest, (VtOfflineWish){ .n = 9, .end = 0 }, "", &result);
  assert_state (tree, 0, "online");
  vt_alarm_ring (guest.alarm);
  offline (&guest, (VtOfflineWish){ .n = 9, .end = end }, "", &result);
  assert_state (tree, 0, "online");

  kernel_tree_clear (&guest.tree);
  vt_alarm_free (guest.alarm);
  g_string_free (guest.told, TRUE);
}

/* Who was late comes last, or two such blocks would use up the time of every call. */
static void
test_offline_late (void)
{
  Offline guest = { kernel_tree_new (), vt_alarm_new (), g_string_new (NULL) };
  g_autoptr (GArray) late = g_array_new (FALSE, FALSE, sizeof (guint64));
  gint64 end = g_get_monotonic_time () + 60 * G_USEC_PER_SEC;
  const guint64 blocks[] = { 33, 34, 2, 32 };
  VtOfflined result = { 0 };

  add_guest (&guest.tree);
  g_array_append_vals (late, blocks, G_N_ELEMENTS (blocks));
  offline (&guest, (VtOfflineWish){ .n = 9, .movable_only = TRUE, .end = end, .late = late },
           "33 32 ", &result);
  add_guest (&guest.tree);
  offline (&guest, (VtOfflineWish){ .n = 9, .end = end, .late = late }, "1 0 33 2 32 ", &result);

  kernel_tree_clear (&guest.tree);
  vt_alarm_free (guest.alarm);
  g_string_free (guest.told, TRUE);
}

/* A call that would last for ever ends, and afterwards no signal is left behind. */
static void
test_alarm (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VtAlarm) alarm = vt_alarm_new ();
  int ends[2];
  char byte;

  g_assert_cmpint (pipe (ends), ==, 0);
  g_assert_true (vt_alarm_set (alarm, g_get_monotonic_time () + 1000, &error));
  g_assert_no_error (error);
  g_assert_cmpint (read (ends[0], &byte, 1), ==, -1);
  g_assert_cmpint (errno, ==, EINTR);
  g_assert_cmpint (read (ends[0], &byte, 1), ==, -1);
  vt_alarm_unset (alarm);
  g_usleep (50 * 1000); /* longer than the alarm would be silent */
  close (ends[0]);
  close (ends[1]);
}

typedef struct
{
  VtAlarm *alarm;
  int ends[2];
  gint set;
} Stuck;

/* Without the alarm's ringing it would be there for an hour. */
static gpointer
be_stuck (gpointer data)
{
  Stuck *stuck = data;
  char byte;
  gssize n;

  g_assert_true (
      vt_alarm_set (stuck->alarm, g_get_monotonic_time () + 3600 * (gint64) G_USEC_PER_SEC, NULL));
  g_atomic_int_set (&stuck->set, TRUE);
  n = read (stuck->ends[0], &byte, 1);
  g_assert_true (n < 0 && errno == EINTR);
  vt_alarm_unset (stuck->alarm);
  return NULL;
}

static void
test_alarm_rung (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VtAlarm) alarm = vt_alarm_new ();
  Stuck stuck = { .alarm = alarm };
  GThread *thread;

  g_assert_cmpint (pipe (stuck.ends), ==, 0);
  thread = g_thread_new ("stuck", be_stuck, &stuck);
  while (!g_atomic_int_get (&stuck.set))
    g_thread_yield ();
  g_assert_false (vt_alarm_has_rung (alarm));
  vt_alarm_ring (alarm);
  g_thread_join (thread);
  g_assert_true (vt_alarm_has_rung (alarm));
  g_assert_false (vt_alarm_set (alarm, G_MAXINT64, &error));
  g_assert_error (error, VT_ERROR, VT_ERROR_BUSY);
  close (stuck.ends[0]);
  close (stuck.ends[1]);
}

static gpointer
wait_for_two (gpointer data)
{
  VtMemoryCounts since = { 0 };

  return GINT_TO_POINTER (
      vt_memory_watch_wait (data, &since, TRUE, 2, g_get_monotonic_time () + 10 * G_USEC_PER_SEC));
}

static void
test_watch (void)
{
  g_autoptr (VtMemoryWatch) watch = vt_memory_watch_new ();
  VtMemoryCounts since = { 0 };
  GThread *thread;

  g_assert_false (vt_memory_watch_wait (watch, &since, FALSE, 1, 0));
  vt_memory_watch_event (watch, "add", 33);
  g_assert_true (vt_memory_watch_wait (watch, &since, FALSE, 1, 0));
  g_assert_false (vt_memory_watch_wait (watch, &since, TRUE, 1, 0));

  thread = g_thread_new ("waiter", wait_for_two, watch);
  vt_memory_watch_event (watch, "online", 33);
  vt_memory_watch_event (watch, "offline", 33);
  vt_memory_watch_event (watch, "online", 33);
  g_assert_true (GPOINTER_TO_INT (g_thread_join (thread)));

  vt_memory_watch_get (watch, &since);
  g_assert_cmpuint (since.added, ==, 1);
  g_assert_cmpuint (since.online, ==, 2);
  g_assert_cmpuint (since.left, ==, 1);
  g_assert_cmpuint (since.lowest, ==, 33);
  vt_memory_watch_get (watch, &since);
  g_assert_cmpuint (since.lowest, ==, G_MAXUINT64);
  vt_memory_watch_event (watch, NULL, 0);
  g_assert_true (vt_memory_watch_wait (watch, &since, TRUE, 99, 0));
}

typedef struct
{
  VtMemoryWatch *watch;
  gint stop;
} Storm;

static gpointer
storm (gpointer data)
{
  Storm *all = data;

  while (!g_atomic_int_get (&all->stop))
    {
      vt_memory_watch_event (all->watch, "add", 40);
      g_usleep (100);
    }
  return NULL;
}

/* It waits for the last block to be a while ago, but not for the end of a storm. */
static void
test_settle (void)
{
  g_autoptr (VtMemoryWatch) watch = vt_memory_watch_new ();
  Storm all = { watch, FALSE };
  gint64 came = g_get_monotonic_time ();
  GThread *thread;

  vt_memory_watch_event (watch, "add", 33);
  vt_memory_watch_settle (watch);
  g_assert_cmpint (g_get_monotonic_time () - came, >=, 1000);

  thread = g_thread_new ("storm", storm, &all);
  vt_memory_watch_settle (watch);
  g_atomic_int_set (&all.stop, TRUE);
  g_thread_join (thread);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/memory-map/list", test_map);
  g_test_add_func ("/memory-map/refused", test_refused);
  g_test_add_func ("/memory-map/available", test_available);
  g_test_add_func ("/memory-offline/order", test_offline);
  g_test_add_func ("/memory-offline/late", test_offline_late);
  g_test_add_func ("/alarm/ends", test_alarm);
  g_test_add_func ("/alarm/rung", test_alarm_rung);
  g_test_add_func ("/memory-watch/wait", test_watch);
  g_test_add_func ("/memory-watch/settle", test_settle);
  return g_test_run ();
}
