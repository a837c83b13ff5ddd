/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib.h>

#include "agent/hotplug/memory-events.h"
#include "agent/kernel/memory-map.h"
#include "agent/kernel/memory-offline.h"
#include "agent/kernel/syscall-timeout.h"
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

  g_assert_cmpuint (vt_memory_count_refused_devices (tree.fs), ==, 0);
  kernel_tree_put (&tree, ACPI "PNP0C80:00", "status", "15");
  kernel_tree_put (&tree, ACPI "PNP0C80:00/physical_node", "state", "online");
  kernel_tree_put (&tree, ACPI "PNP0C80:01", "status", "15");
  kernel_tree_put (&tree, ACPI "PNP0C80:02", "status", "0");
  kernel_tree_put (&tree, ACPI "PNP0C0A:00", "status", "15");
  g_assert_cmpuint (vt_memory_count_refused_devices (tree.fs), ==, 1);
}

static void
test_available (void)
{
  g_auto (KernelTree) tree = kernel_tree_new ();

  g_assert_cmpuint (vt_memory_read_kernel_available (tree.fs), ==, 0);
  kernel_tree_put (&tree, "proc", "meminfo", "MemTotal: 500 kB\nMemAvailable:   317440 kB\n");
  g_assert_cmpuint (vt_memory_read_kernel_available (tree.fs), ==, 317440 * 1024);

  /* The kernel can't use free memory in zone Movable for itself. */
  kernel_tree_put (&tree, "proc", "buddyinfo",
                   "Node 0, zone    DMA32      2      3      4\n"
                   "Node 1, zone  Movable      1      2    100\n");
  g_assert_cmpuint (vt_memory_read_kernel_available (tree.fs), ==, 317440 * 1024 - 405 * 4096);
  kernel_tree_put (&tree, "proc", "buddyinfo",
                   "Node 1, zone  Movable 0 0 0 0 0 0 0 0 0 0 9999999\n");
  g_assert_cmpuint (vt_memory_read_kernel_available (tree.fs), ==, 0);
  g_assert_cmpuint (vt_memory_memmap_size (G_GUINT64_CONSTANT (32) << 30), ==, 512 << 20);
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
  VtSyscallTimeout *timeout;
  GString *tried;
} Offline;

static void
record_tried (guint64 index, int fault, gpointer data)
{
  g_string_append_printf (((Offline *) data)->tried, "%" G_GUINT64_FORMAT " ", index);
}

static void
offline (Offline *guest, VtOfflineRequest request, const char *tried, VtOfflineResult *ret)
{
  g_autoptr (GError) error = NULL;

  request.timeout = guest->timeout;
  request.on_tried = record_tried;
  request.data = guest;
  g_string_truncate (guest->tried, 0);
  g_assert_true (vt_memory_offline_blocks (guest->tree.fs, &request, ret, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (guest->tried->str, ==, tried);
}

static void
test_offline (void)
{
  Offline guest = { kernel_tree_new (), vt_syscall_timeout_new (), g_string_new (NULL) };
  const KernelTree *tree = &guest.tree;
  gint64 end = g_get_monotonic_time () + 60 * G_USEC_PER_SEC;
  VtOfflineResult result = { 0 };

  add_guest (tree);
  offline (&guest, (VtOfflineRequest){ .n_blocks = 1, .movable_only = TRUE, .end = end }, "33 ",
           &result);
  g_assert_cmpuint (result.offlined, ==, 1);
  g_assert_cmpuint (result.unfinished, ==, 1);
  assert_state (tree, 33, "offline");
  offline (&guest, (VtOfflineRequest){ .n_blocks = 9, .movable_only = TRUE, .end = end }, "32 ",
           &result);
  assert_state (tree, 2, "online");

  kernel_tree_put (tree, "sys/devices/system/memory/memory2", "removable", "0");
  offline (&guest, (VtOfflineRequest){ .n_blocks = 1, .end = end }, "2 1 ", &result);
  g_assert_cmpuint (result.offlined, ==, 1);
  g_assert_cmpuint (result.refused, ==, 1);
  assert_state (tree, 2, "online");
  assert_state (tree, 1, "offline");

  offline (&guest, (VtOfflineRequest){ .n_blocks = 9, .end = 0 }, "", &result);
  assert_state (tree, 0, "online");
  vt_syscall_timeout_cancel_all (guest.timeout);
  offline (&guest, (VtOfflineRequest){ .n_blocks = 9, .end = end }, "", &result);
  assert_state (tree, 0, "online");

  kernel_tree_clear (&guest.tree);
  vt_syscall_timeout_free (guest.timeout);
  g_string_free (guest.tried, TRUE);
}

/* Slow blocks are tried last. Otherwise two such blocks would use up the time of every call. */
static void
test_offline_slow (void)
{
  Offline guest = { kernel_tree_new (), vt_syscall_timeout_new (), g_string_new (NULL) };
  g_autoptr (GArray) slow = g_array_new (FALSE, FALSE, sizeof (guint64));
  gint64 end = g_get_monotonic_time () + 60 * G_USEC_PER_SEC;
  const guint64 blocks[] = { 33, 34, 2, 32 };
  VtOfflineResult result = { 0 };

  add_guest (&guest.tree);
  g_array_append_vals (slow, blocks, G_N_ELEMENTS (blocks));
  offline (&guest,
           (VtOfflineRequest){ .n_blocks = 9, .movable_only = TRUE, .end = end, .slow = slow },
           "33 32 ", &result);
  add_guest (&guest.tree);
  offline (&guest, (VtOfflineRequest){ .n_blocks = 9, .end = end, .slow = slow }, "1 0 33 2 32 ",
           &result);

  kernel_tree_clear (&guest.tree);
  vt_syscall_timeout_free (guest.timeout);
  g_string_free (guest.tried, TRUE);
}

/* A system call that would block for ever is interrupted. No signal arrives after the stop. */
static void
test_timeout (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VtSyscallTimeout) timeout = vt_syscall_timeout_new ();
  int ends[2];
  char byte;

  g_assert_cmpint (pipe (ends), ==, 0);
  g_assert_true (vt_syscall_timeout_start (timeout, g_get_monotonic_time () + 1000, &error));
  g_assert_no_error (error);
  g_assert_cmpint (read (ends[0], &byte, 1), ==, -1);
  g_assert_cmpint (errno, ==, EINTR);
  g_assert_cmpint (read (ends[0], &byte, 1), ==, -1);
  vt_syscall_timeout_stop (timeout);
  g_usleep (50 * 1000); /* longer than the interval between two signals */
  close (ends[0]);
  close (ends[1]);
}

typedef struct
{
  VtSyscallTimeout *timeout;
  int ends[2];
  gint set;
} Blocked;

/* Without the cancel it would block for an hour. */
static gpointer
block_in_read (gpointer data)
{
  Blocked *blocked = data;
  char byte;
  gssize n;

  g_assert_true (vt_syscall_timeout_start (
      blocked->timeout, g_get_monotonic_time () + 3600 * (gint64) G_USEC_PER_SEC, NULL));
  g_atomic_int_set (&blocked->set, TRUE);
  n = read (blocked->ends[0], &byte, 1);
  g_assert_true (n < 0 && errno == EINTR);
  vt_syscall_timeout_stop (blocked->timeout);
  return NULL;
}

static void
test_timeout_cancel (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VtSyscallTimeout) timeout = vt_syscall_timeout_new ();
  Blocked blocked = { .timeout = timeout };
  GThread *thread;

  g_assert_cmpint (pipe (blocked.ends), ==, 0);
  thread = g_thread_new ("blocked", block_in_read, &blocked);
  while (!g_atomic_int_get (&blocked.set))
    g_thread_yield ();
  g_assert_false (vt_syscall_timeout_is_cancelled (timeout));
  vt_syscall_timeout_cancel_all (timeout);
  g_thread_join (thread);
  g_assert_true (vt_syscall_timeout_is_cancelled (timeout));
  g_assert_false (vt_syscall_timeout_start (timeout, G_MAXINT64, &error));
  g_assert_error (error, VT_ERROR, VT_ERROR_BUSY);
  close (blocked.ends[0]);
  close (blocked.ends[1]);
}

static gpointer
wait_for_two (gpointer data)
{
  VtMemoryEventCounts since = { 0 };

  return GINT_TO_POINTER (
      vt_memory_events_wait (data, &since, TRUE, 2, g_get_monotonic_time () + 10 * G_USEC_PER_SEC));
}

static void
test_events_wait (void)
{
  g_autoptr (VtMemoryEvents) events = vt_memory_events_new ();
  VtMemoryEventCounts since = { 0 };
  GThread *thread;

  g_assert_false (vt_memory_events_wait (events, &since, FALSE, 1, 0));
  vt_memory_events_count (events, "add", 33);
  g_assert_true (vt_memory_events_wait (events, &since, FALSE, 1, 0));
  g_assert_false (vt_memory_events_wait (events, &since, TRUE, 1, 0));

  thread = g_thread_new ("waiter", wait_for_two, events);
  vt_memory_events_count (events, "online", 33);
  vt_memory_events_count (events, "offline", 33);
  vt_memory_events_count (events, "online", 33);
  g_assert_true (GPOINTER_TO_INT (g_thread_join (thread)));

  vt_memory_events_take_counts (events, &since);
  g_assert_cmpuint (since.added, ==, 1);
  g_assert_cmpuint (since.online, ==, 2);
  g_assert_cmpuint (since.left, ==, 1);
  g_assert_cmpuint (since.lowest_added, ==, 33);
  vt_memory_events_take_counts (events, &since);
  g_assert_cmpuint (since.lowest_added, ==, G_MAXUINT64);
  vt_memory_events_count (events, NULL, 0);
  g_assert_true (vt_memory_events_wait (events, &since, TRUE, 99, 0));
}

typedef struct
{
  VtMemoryEvents *events;
  gint stop;
} EventSource;

static gpointer
add_blocks (gpointer data)
{
  EventSource *source = data;

  while (!g_atomic_int_get (&source->stop))
    {
      vt_memory_events_count (source->events, "add", 40);
      g_usleep (100);
    }
  return NULL;
}

/* It waits for a short time without added blocks, but returns although blocks keep being added. */
static void
test_events_quiet (void)
{
  g_autoptr (VtMemoryEvents) events = vt_memory_events_new ();
  EventSource source = { events, FALSE };
  gint64 start = g_get_monotonic_time ();
  GThread *thread;

  vt_memory_events_count (events, "add", 33);
  vt_memory_events_wait_until_quiet (events);
  g_assert_cmpint (g_get_monotonic_time () - start, >=, 1000);

  thread = g_thread_new ("add-blocks", add_blocks, &source);
  vt_memory_events_wait_until_quiet (events);
  g_atomic_int_set (&source.stop, TRUE);
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
  g_test_add_func ("/memory-offline/slow", test_offline_slow);
  g_test_add_func ("/syscall-timeout/interrupts", test_timeout);
  g_test_add_func ("/syscall-timeout/cancel", test_timeout_cancel);
  g_test_add_func ("/memory-events/wait", test_events_wait);
  g_test_add_func ("/memory-events/quiet", test_events_quiet);
  return g_test_run ();
}
