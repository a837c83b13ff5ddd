/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib.h>
#include <libudev.h>
#include <string.h>

#include "agent/engine/engine.h"
#include "agent/hotplug/base-policy.h"
#include "agent/hotplug/hotplug.h"
#include "agent/hotplug/pending.h"
#include "agent/hotplug/uevent.h"
#include "agent/hotplug/vcpu-onliner.h"
#include "agent/kernel/memory-sweep.h"
#include "protocol/error.h"
#include "tests/unit/allocations.h"
#include "tests/unit/kernel-tree.h"

#define MEMORY   "sys/devices/system/memory/"
#define OWNS     "run/virt-tune-agent/owns-memory"
#define OFF      "run/virt-tune-memory-off"
#define VCPUS    "sys/devices/system/cpu/"
#define DEADLINE 10 /* seconds; reached only if the code is broken */

/*
 * A fake engine that records the calls it gets. The tests check which calls
 * hot-plug makes, and how often.
 */
struct VtEngine
{
  GMutex mutex;
  GString *calls;
  const char *word;
  const char *min_free; /* the wanted vm.min_free_kbytes; NULL: none */
  gboolean gate;        /* the next call waits until the gate is opened */
  gboolean waiting;     /* a call waits */
  gboolean has_provisional;
  GCond changed;
};

static void
engine_note (VtEngine *engine, const char *call, const char *section, const char *device)
{
  g_mutex_lock (&engine->mutex);
  while (engine->gate)
    {
      engine->waiting = TRUE;
      g_cond_broadcast (&engine->changed);
      g_cond_wait (&engine->changed, &engine->mutex);
    }
  g_string_append_printf (engine->calls, "%s(%s,%s) ", call, section != NULL ? section : "-",
                          device != NULL ? device : "-");
  g_mutex_unlock (&engine->mutex);
  g_main_context_wakeup (NULL); /* for await() */
}

gboolean
vt_engine_converge (VtEngine *engine,
                    const char *section,
                    const char *device,
                    gboolean early,
                    VtReport **ret,
                    GError **error)
{
  engine_note (engine, early ? "converge-early" : "converge", section, device);
  return vt_error_set (error, VT_ERROR_GENERIC, "a fake engine");
}

VtProvisionalStatus *
vt_engine_get_provisional (VtEngine *engine)
{
  VtProvisionalStatus *status = NULL;

  g_mutex_lock (&engine->mutex);
  if (engine->has_provisional)
    status = g_new0 (VtProvisionalStatus, 1);
  g_mutex_unlock (&engine->mutex);
  return status;
}

void
vt_provisional_status_free (VtProvisionalStatus *status)
{
  g_free (status);
}

void
vt_engine_forget (VtEngine *engine, const char *section, const char *device)
{
  engine_note (engine, "forget", section, device);
}

char *
vt_engine_get_wanted (VtEngine *engine, const char *key)
{
  char *word;

  if (g_str_equal (key, "sysctl/vm.min_free_kbytes"))
    return g_strdup (engine->min_free);
  if (g_str_has_prefix (key, "sysctl/"))
    return NULL;

  g_assert_cmpstr (key, ==, "memory/auto_online_blocks");
  g_mutex_lock (&engine->mutex);
  word = g_strdup (engine->word);
  g_mutex_unlock (&engine->mutex);
  engine_note (engine, "wanted", NULL, NULL);
  return word;
}

void
vt_report_free (VtReport *report)
{
  g_assert_null (report);
}

typedef struct
{
  KernelTree tree;
  VtEngine engine;
  VtWorker *worker;
  VtMonitor *monitor;
  VtActivity *activity;
  VtMemoryTracker *tracker;
  VtHotplug *hotplug;
  VtSweepResult told;
} Fixture;

static void
note_sweep (const char *word, const VtSweepResult *sweep, gpointer data)
{
  ((Fixture *) data)->told = *sweep;
}

static void
make_hotplug (Fixture *fixture, gconstpointer data, guint retry)
{
  VtHotplugOptions options = { .engine = &fixture->engine, .retry_ms = retry };

  fixture->worker = vt_worker_new (NULL);
  fixture->monitor = vt_monitor_new (vt_kernel_fs_get_root (fixture->tree.fs), NULL);
  fixture->tracker = vt_memory_tracker_new (fixture->tree.fs);
  options.worker = fixture->worker;
  options.monitor = fixture->monitor;
  options.activity = fixture->activity = vt_activity_new ();
  options.fs = fixture->tree.fs;
  options.memory_tracker = fixture->tracker;
  options.online_vcpus = data != NULL;
  fixture->hotplug = vt_hotplug_new (&options);
  vt_memory_onliner_set_func (vt_hotplug_get_memory_onliner (fixture->hotplug), note_sweep,
                              fixture);
  g_assert_true (vt_monitor_start (fixture->monitor, NULL));
}

static void
drop_hotplug (Fixture *fixture)
{
  vt_hotplug_stop (fixture->hotplug);
  vt_worker_free (fixture->worker);
  vt_hotplug_free (fixture->hotplug);
  vt_monitor_free (fixture->monitor);
  vt_activity_free (fixture->activity);
  vt_memory_tracker_free (fixture->tracker);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autofree char *run = NULL;

  fixture->tree = kernel_tree_new ();
  run = g_build_filename (fixture->tree.root, "run", NULL);
  g_assert_cmpint (g_mkdir (run, 0755), ==, 0);
  g_mutex_init (&fixture->engine.mutex);
  g_cond_init (&fixture->engine.changed);
  fixture->engine.calls = g_string_new (NULL);
  fixture->engine.word = "online";
  make_hotplug (fixture, data, 0);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  drop_hotplug (fixture);
  g_string_free (fixture->engine.calls, TRUE);
  g_cond_clear (&fixture->engine.changed);
  g_mutex_clear (&fixture->engine.mutex);
  kernel_tree_clear (&fixture->tree);
}

static gboolean
calls_are (Fixture *fixture, const char *expected)
{
  gboolean same;

  g_mutex_lock (&fixture->engine.mutex);
  same = strcmp (fixture->engine.calls->str, expected) == 0;
  g_mutex_unlock (&fixture->engine.mutex);
  return same;
}

static gboolean
deadline_passed (gpointer data)
{
  const Fixture *fixture = data;

  g_error ("calls so far: %s", fixture->engine.calls->str);
  return G_SOURCE_REMOVE;
}

/* Runs the loop until the engine has got exactly the calls @expected. Then clears the recorded
 * calls. */
static void
await (Fixture *fixture, const char *expected)
{
  guint deadline = g_timeout_add_seconds (DEADLINE, deadline_passed, fixture);

  while (!calls_are (fixture, expected))
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (deadline);

  g_mutex_lock (&fixture->engine.mutex);
  g_string_truncate (fixture->engine.calls, 0);
  g_mutex_unlock (&fixture->engine.mutex);
}

static void
deliver (Fixture *fixture,
         VtMonitorGroup group,
         const char *action,
         const char *subsystem,
         const char *sysname)
{
  VtDeviceEvent event
      = { .action = action, .subsystem = subsystem, .sysname = sysname, .devpath = "/devices/x" };

  vt_monitor_deliver (fixture->monitor, group, &event);
}

/* Keeps the worker busy with vda until the gate is opened. Later events are for its next job. */
static void
close_gate (Fixture *fixture)
{
  VtEngine *engine = &fixture->engine;
  gint64 deadline = g_get_monotonic_time () + DEADLINE * G_TIME_SPAN_SECOND;

  g_mutex_lock (&engine->mutex);
  engine->gate = TRUE;
  g_mutex_unlock (&engine->mutex);

  deliver (fixture, VT_MONITOR_UDEV, "add", "block", "vda");
  g_mutex_lock (&engine->mutex);
  while (!engine->waiting)
    g_assert_true (g_cond_wait_until (&engine->changed, &engine->mutex, deadline));
  g_mutex_unlock (&engine->mutex);
}

static void
open_gate (Fixture *fixture)
{
  g_mutex_lock (&fixture->engine.mutex);
  fixture->engine.gate = FALSE;
  g_cond_broadcast (&fixture->engine.changed);
  g_mutex_unlock (&fixture->engine.mutex);
}

static void
test_devices (Fixture *fixture, gconstpointer data)
{
  VtDeviceEvent partition = { .action = "add",
                              .subsystem = "block",
                              .sysname = "vdb1",
                              .devpath = "/devices/x",
                              .devtype = "partition" };

  vt_monitor_deliver (fixture->monitor, VT_MONITOR_UDEV, &partition);
  deliver (fixture, VT_MONITOR_KERNEL, "change", "block", "vdb");
  deliver (fixture, VT_MONITOR_KERNEL, "add", "net", "eth7");
  deliver (fixture, VT_MONITOR_UDEV, "bind", "block", "vdb");
  deliver (fixture, VT_MONITOR_KERNEL, "add", "block", "vdb");
  await (fixture, "converge-early(block,vdb) ");
  deliver (fixture, VT_MONITOR_UDEV, "add", "block", "vdb");
  await (fixture, "converge(block,vdb) ");

  deliver (fixture, VT_MONITOR_UDEV, "move", "net", "eth7");
  await (fixture, "converge(net,eth7) ");
  deliver (fixture, VT_MONITOR_UDEV, "remove", "net", "eth7");
  await (fixture, "forget(net,eth7) ");
}

static void
test_many_events (Fixture *fixture, gconstpointer data)
{
  close_gate (fixture);
  for (guint i = 0; i < 500; i++)
    {
      deliver (fixture, VT_MONITOR_UDEV, "change", "block", "vdb");
      deliver (fixture, VT_MONITOR_KERNEL, "online", "cpu", "cpu3");
      deliver (fixture, VT_MONITOR_KERNEL, "add", "memory", "memory40");
    }
  deliver (fixture, VT_MONITOR_UDEV, "remove", "block", "vdb");
  deliver (fixture, VT_MONITOR_UDEV, "add", "block", "vdb");
  open_gate (fixture);
  await (fixture,
         "converge(block,vda) wanted(-,-) forget(block,vdb) converge(block,vdb) converge(-,-) ");
}

static void
test_lost_events (Fixture *fixture, gconstpointer data)
{
  close_gate (fixture);
  vt_monitor_deliver (fixture->monitor, VT_MONITOR_UDEV, NULL);
  open_gate (fixture);
  await (fixture, "converge(block,vda) converge(block,-) converge(net,-) converge(-,-) ");

  vt_monitor_deliver (fixture->monitor, VT_MONITOR_KERNEL, NULL);
  await (fixture, "wanted(-,-) converge(block,-) converge(net,-) converge(-,-) ");
}

static void
nothing (gpointer data)
{
}

static void
set_flag (gpointer data)
{
  *(gboolean *) data = TRUE;
}

/* Waits until all jobs that are queued now have finished. */
static void
drain (Fixture *fixture)
{
  gboolean done = FALSE;

  g_assert_true (vt_worker_push (fixture->worker, nothing, set_flag, &done));
  while (!done)
    g_main_context_iteration (NULL, TRUE);
}

static void
set_provisional (Fixture *fixture, gboolean has_provisional)
{
  g_mutex_lock (&fixture->engine.mutex);
  fixture->engine.has_provisional = has_provisional;
  g_mutex_unlock (&fixture->engine.mutex);
}

/* While a provisional apply waits to be confirmed, memory is handled and devices are deferred. */
static void
test_provisional (Fixture *fixture, gconstpointer data)
{
  set_provisional (fixture, TRUE);
  deliver (fixture, VT_MONITOR_KERNEL, "online", "cpu", "cpu3");
  deliver (fixture, VT_MONITOR_UDEV, "remove", "block", "vdb");
  deliver (fixture, VT_MONITOR_UDEV, "add", "block", "vdb");
  deliver (fixture, VT_MONITOR_KERNEL, "add", "memory", "memory40");
  await (fixture, "wanted(-,-) ");
  drain (fixture);
  vt_hotplug_settings_changed (fixture->hotplug);
  await (fixture, "wanted(-,-) ");
  drain (fixture);

  set_provisional (fixture, FALSE);
  vt_hotplug_settings_changed (fixture->hotplug);
  await (fixture, "wanted(-,-) forget(block,vdb) converge(block,vdb) converge(-,-) ");
}

static void
put_block (Fixture *fixture, const char *name, const char *state)
{
  g_autofree char *folder = g_strconcat (MEMORY, name, NULL);

  kernel_tree_put (&fixture->tree, folder, "state", state);
}

/* When memory is onlined or offlined, the kernel changes vm.min_free_kbytes. A wanted value is
 * written again, also while a provisional apply waits to be confirmed. */
static void
test_memory_resets (Fixture *fixture, gconstpointer data)
{
  deliver (fixture, VT_MONITOR_KERNEL, "online", "memory", "memory40");
  drain (fixture);
  await (fixture, "");

  fixture->engine.min_free = "9000";
  deliver (fixture, VT_MONITOR_KERNEL, "online", "memory", "memory41");
  await (fixture, "converge(-,-) ");
  deliver (fixture, VT_MONITOR_KERNEL, "offline", "memory", "memory41");
  await (fixture, "converge(-,-) ");

  set_provisional (fixture, TRUE);
  deliver (fixture, VT_MONITOR_KERNEL, "online", "memory", "memory41");
  drain (fixture);
  set_provisional (fixture, FALSE);
  vt_hotplug_settings_changed (fixture->hotplug);
  await (fixture, "wanted(-,-) converge(-,-) ");
}

static void
test_memory (Fixture *fixture, gconstpointer data)
{
  put_block (fixture, "memory32", "offline");
  vt_hotplug_start (fixture->hotplug);
  await (fixture, "wanted(-,-) ");
  deliver (fixture, VT_MONITOR_KERNEL, "online", "memory", "memory32");
  deliver (fixture, VT_MONITOR_KERNEL, "add", "cpu", "cpu9");
  await (fixture, "converge(-,-) ");
  kernel_tree_assert (&fixture->tree, MEMORY "memory32/state", "online");
  g_assert_true (vt_kernel_fs_exists (fixture->tree.fs, OWNS));
  g_assert_false (vt_kernel_fs_exists (fixture->tree.fs, OFF));
}

/* A block is taken offline to unplug it. Another block is plugged at the same time. */
static void
test_memory_held (Fixture *fixture, gconstpointer data)
{
  put_block (fixture, "memory32", "offline");
  put_block (fixture, "memory33", "offline");
  deliver (fixture, VT_MONITOR_KERNEL, "offline", "memory", "memory32");
  deliver (fixture, VT_MONITOR_KERNEL, "add", "memory", "memory33");
  deliver (fixture, VT_MONITOR_KERNEL, "add", "cpu", "cpu9");
  await (fixture, "wanted(-,-) converge(-,-) ");
  kernel_tree_assert (&fixture->tree, MEMORY "memory32/state", "offline");
  kernel_tree_assert (&fixture->tree, MEMORY "memory33/state", "online");
}

/* The agent restarts. The block that was taken offline stays held. */
static void
test_memory_held_after_restart (Fixture *fixture, gconstpointer data)
{
  put_block (fixture, "memory32", "offline");
  put_block (fixture, "memory33", "offline");
  deliver (fixture, VT_MONITOR_KERNEL, "offline", "memory", "memory32");
  drain (fixture);
  drop_hotplug (fixture);

  make_hotplug (fixture, data, 0);
  vt_hotplug_start (fixture->hotplug);
  await (fixture, "wanted(-,-) ");
  drain (fixture);
  kernel_tree_assert (&fixture->tree, MEMORY "memory32/state", "offline");
  kernel_tree_assert (&fixture->tree, MEMORY "memory33/state", "online");
}

/* The kernel brings plugged blocks online. Their number is reported once. */
static void
test_memory_by_kernel (Fixture *fixture, gconstpointer data)
{
  put_block (fixture, "memory0", "online");
  vt_hotplug_start (fixture->hotplug);
  await (fixture, "wanted(-,-) ");
  drain (fixture);
  g_assert_cmpuint (fixture->told.newly_plugged, ==, 0);

  close_gate (fixture);
  put_block (fixture, "memory32", "online");
  put_block (fixture, "memory33", "online");
  deliver (fixture, VT_MONITOR_KERNEL, "add", "memory", "memory32");
  deliver (fixture, VT_MONITOR_KERNEL, "add", "memory", "memory33");
  open_gate (fixture);
  await (fixture, "converge(block,vda) wanted(-,-) ");
  drain (fixture);
  g_assert_cmpuint (fixture->told.newly_plugged, ==, 2);
  g_assert_cmpuint (fixture->told.onlined, ==, 0);

  /* No event arrives for these blocks. */
  put_block (fixture, "memory34", "online");
  vt_monitor_deliver (fixture->monitor, VT_MONITOR_KERNEL, NULL);
  await (fixture, "wanted(-,-) converge(block,-) converge(net,-) converge(-,-) ");
  g_assert_cmpuint (fixture->told.newly_plugged, ==, 1);
}

/* A state that refuses every write. */
#define STUCK "[stuck]"

/* Whether the main context has a timeout. */
static gboolean
is_timed (void)
{
  GMainContext *context = g_main_context_default ();
  GPollFD polled[16];
  int timeout = 0;
  int priority;

  g_assert_true (g_main_context_acquire (context));
  /* The worker's thread ends some time after its last job, which makes a source ready once more. */
  while (g_main_context_prepare (context, &priority))
    g_main_context_iteration (context, FALSE);
  g_main_context_query (context, priority, &timeout, polled, G_N_ELEMENTS (polled));
  g_main_context_release (context);
  return timeout >= 0;
}

/* A failed block is tried once, then seven times more. A new event starts the retries again. */
static void
test_memory_retry (Fixture *fixture, gconstpointer data)
{
  static const char tries[] = "wanted(-,-) wanted(-,-) wanted(-,-) wanted(-,-) wanted(-,-) "
                              "wanted(-,-) wanted(-,-) wanted(-,-) ";

  drop_hotplug (fixture);
  make_hotplug (fixture, data, 1);
  put_block (fixture, "memory32", STUCK);
  vt_hotplug_start (fixture->hotplug);
  await (fixture, tries);
  drain (fixture);
  g_assert_cmpuint (fixture->told.failed, ==, 1);
  g_assert_false (is_timed ());
  deliver (fixture, VT_MONITOR_KERNEL, "offline", "cpu", "cpu9");
  await (fixture, "converge(-,-) ");

  put_block (fixture, "memory33", "online");
  deliver (fixture, VT_MONITOR_KERNEL, "add", "memory", "memory33");
  await (fixture, tries);
}

/* When a block goes online, those that failed are tried again. */
static void
test_memory_retry_after_online (Fixture *fixture, gconstpointer data)
{
  drop_hotplug (fixture);
  make_hotplug (fixture, data, 3600 * 1000);
  put_block (fixture, "memory32", STUCK);
  vt_hotplug_start (fixture->hotplug);
  await (fixture, "wanted(-,-) ");
  drain (fixture);

  put_block (fixture, "memory32", "offline");
  deliver (fixture, VT_MONITOR_KERNEL, "online", "memory", "memory31");
  await (fixture, "wanted(-,-) ");
  drain (fixture);
  kernel_tree_assert (&fixture->tree, MEMORY "memory32/state", "online");
  deliver (fixture, VT_MONITOR_KERNEL, "online", "memory", "memory32");
  deliver (fixture, VT_MONITOR_KERNEL, "offline", "cpu", "cpu9");
  await (fixture, "converge(-,-) ");
}

/* Devices that were added while no agent ran are tuned after the end of the provisional apply. */
static void
test_provisional_at_start (Fixture *fixture, gconstpointer data)
{
  set_provisional (fixture, TRUE);
  vt_hotplug_start (fixture->hotplug);
  await (fixture, "wanted(-,-) ");
  drain (fixture);

  set_provisional (fixture, FALSE);
  vt_hotplug_settings_changed (fixture->hotplug);
  await (fixture, "wanted(-,-) converge(block,-) converge(net,-) converge(-,-) ");
}

static void
test_memory_offline (Fixture *fixture, gconstpointer data)
{
  put_block (fixture, "memory32", "offline");
  fixture->engine.word = "offline";
  vt_hotplug_start (fixture->hotplug);
  deliver (fixture, VT_MONITOR_KERNEL, "add", "cpu", "cpu9");
  await (fixture, "wanted(-,-) converge(-,-) ");
  kernel_tree_assert (&fixture->tree, MEMORY "memory32/state", "offline");
  g_assert_true (vt_kernel_fs_exists (fixture->tree.fs, OFF));

  g_mutex_lock (&fixture->engine.mutex);
  fixture->engine.word = "online_movable";
  g_mutex_unlock (&fixture->engine.mutex);
  vt_hotplug_settings_changed (fixture->hotplug);
  await (fixture, "wanted(-,-) ");
  deliver (fixture, VT_MONITOR_KERNEL, "offline", "cpu", "cpu9");
  await (fixture, "converge(-,-) ");
  kernel_tree_assert (&fixture->tree, MEMORY "memory32/state", "online");
  g_assert_false (vt_kernel_fs_exists (fixture->tree.fs, OFF));
  g_assert_true (vt_kernel_fs_exists (fixture->tree.fs, OWNS));
}

static void
test_pending (void)
{
  g_autoptr (VtPending) pending = vt_pending_new ();
  g_autoptr (GPtrArray) devices = NULL;
  g_autoptr (GPtrArray) none = NULL;
  const VtPendingDevice *device;
  guint64 from;

  g_assert_true (vt_pending_is_empty (pending));
  vt_pending_add_device (pending, "block", "vda", VT_PENDING_ADDED);
  vt_pending_add_device (pending, "net", "vda", VT_PENDING_REMOVED);
  vt_pending_add_device (pending, "block", "vda", VT_PENDING_REMOVED);
  vt_pending_add_device (pending, "block", "vda", VT_PENDING_ADDED);
  vt_pending_add (pending, VT_PENDING_CPUS);
  g_assert_false (vt_pending_is_empty (pending));

  g_assert_cmpuint (vt_pending_take (pending, &devices, NULL), ==, VT_PENDING_CPUS);
  g_assert_cmpuint (devices->len, ==, 2);
  device = devices->pdata[0];
  g_assert_true (device->removed && device->added);
  device = devices->pdata[1];
  g_assert_cmpstr (device->section, ==, "net");
  g_assert_true (device->removed && !device->added);
  g_clear_pointer (&devices, g_ptr_array_unref);

  /* A device is early until udevd's event. */
  vt_pending_add_device (pending, "block", "vda", VT_PENDING_ADDED_EARLY);
  vt_pending_add_device (pending, "block", "vdb", VT_PENDING_ADDED_EARLY);
  vt_pending_add_device (pending, "block", "vdb", VT_PENDING_ADDED);
  vt_pending_take (pending, &devices, NULL);
  device = devices->pdata[0];
  g_assert_true (device->added && device->early);
  device = devices->pdata[1];
  g_assert_true (device->added && !device->early);

  g_assert_true (vt_pending_is_empty (pending));
  g_assert_cmpuint (vt_pending_take (pending, &none, &from), ==, 0);
  g_assert_null (none);
}

/* A sweep begins at the lowest pending block, or at block 0. */
static void
test_pending_blocks (void)
{
  g_autoptr (VtPending) pending = vt_pending_new ();
  g_autoptr (GPtrArray) none = NULL;
  guint64 from = 0;

  vt_pending_add_block (pending, 41);
  vt_pending_add_block (pending, 40);
  vt_pending_add_block (pending, 42);
  g_assert_cmpuint (vt_pending_take (pending, &none, &from), ==, VT_PENDING_SWEEP);
  g_assert_cmpuint (from, ==, 40);
  vt_pending_add_block (pending, 43);
  g_assert_cmpuint (vt_pending_take (pending, &none, &from), ==, VT_PENDING_SWEEP);
  g_assert_cmpuint (from, ==, 43);
  vt_pending_add_block (pending, 44);
  vt_pending_add (pending, VT_PENDING_SWEEP);
  vt_pending_add_block (pending, 45);
  g_assert_cmpuint (vt_pending_take (pending, &none, &from), ==, VT_PENDING_SWEEP);
  g_assert_cmpuint (from, ==, 0);
}

static void
test_pending_bound (void)
{
  g_autoptr (VtPending) pending = vt_pending_new ();
  g_autoptr (GPtrArray) devices = NULL;

  for (guint i = 0; i < 10 * VT_PENDING_MAX; i++)
    {
      g_autofree char *name = g_strdup_printf ("sd%u", i);

      vt_pending_add_device (pending, "block", name, VT_PENDING_ADDED);
    }
  g_assert_cmpuint (vt_pending_take (pending, &devices, NULL), ==, VT_PENDING_ALL_DEVICES);
  g_assert_cmpuint (devices->len, ==, VT_PENDING_MAX);
}

static const char plugged[]
    = "add@/devices/system/memory/memory32\0ACTION=add\0DEVPATH=/devices/system/memory/memory32\0"
      "SUBSYSTEM=memory\0SYNTH_UUID=0\0SEQNUM=1\0";

static void
test_uevent (void)
{
  static const char udevs[] = "libudev\0\xfe\xed\xca\xfe";
  VtDeviceEvent event = { NULL };

  g_assert_true (vt_uevent_parse (plugged, sizeof plugged - 1, &event));
  g_assert_cmpstr (event.action, ==, "add");
  g_assert_cmpstr (event.subsystem, ==, "memory");
  g_assert_cmpstr (event.sysname, ==, "memory32");
  g_assert_cmpstr (event.devpath, ==, "/devices/system/memory/memory32");
  g_assert_null (event.devtype);
  g_assert_false (vt_uevent_parse (udevs, sizeof udevs, &event));
  g_assert_false (vt_uevent_parse ("", 0, &event));
  g_assert_false (vt_uevent_parse ("", 1, &event));
}

static const char controller[]
    = "add@/devices/pci0000:00/0000:00:06.0/cciss0/block/cciss!c0d0\0ACTION=add\0"
      "DEVPATH=/devices/pci0000:00/0000:00:06.0/cciss0/block/cciss!c0d0\0SUBSYSTEM=block\0"
      "DEVNAME=cciss/c0d0\0DEVTYPE=disk\0SEQNUM=2\0";

/* Makes the device of an event of udevd, from the event's properties as libudev does. */
static struct udev_device *
new_udev_device (struct udev *udev, const char *action, const char *devpath)
{
  struct udev_device *device;

  g_setenv ("ACTION", action, TRUE);
  g_setenv ("DEVPATH", devpath, TRUE);
  g_setenv ("SUBSYSTEM", "block", TRUE);
  g_setenv ("SEQNUM", "2", TRUE);
  device = udev_device_new_from_environment (udev);
  g_assert_nonnull (device);
  g_unsetenv ("ACTION");
  g_unsetenv ("DEVPATH");
  g_unsetenv ("SUBSYSTEM");
  g_unsetenv ("SEQNUM");

  return device;
}

/* If a name in /dev has a "/", the folder in /sys has "!" in its place. The event of the kernel has
 * "!", the one of udevd has "/". */
static void
test_slash_in_name (Fixture *fixture, gconstpointer data)
{
  static const char *const devpath = "/devices/virtual/block/etherd!e1.0";
  struct udev *udev = udev_new ();
  struct udev_device *device = new_udev_device (udev, "add", devpath);
  VtDeviceEvent event = { NULL };

  g_assert_true (vt_uevent_parse (controller, sizeof controller - 1, &event));
  g_assert_cmpstr (event.sysname, ==, "cciss!c0d0");
  vt_monitor_deliver (fixture->monitor, VT_MONITOR_KERNEL, &event);
  await (fixture, "converge-early(block,cciss!c0d0) ");

  g_assert_cmpstr (udev_device_get_sysname (device), ==, "etherd/e1.0");
  g_assert_true (vt_uevent_from_udev (device, &event));
  g_assert_cmpstr (event.sysname, ==, "etherd!e1.0");
  g_assert_cmpstr (event.action, ==, "add");
  g_assert_cmpstr (event.subsystem, ==, "block");
  g_assert_cmpstr (event.devpath, ==, devpath);
  g_assert_null (event.devtype);
  vt_monitor_deliver (fixture->monitor, VT_MONITOR_UDEV, &event);
  await (fixture, "converge(block,etherd!e1.0) ");

  udev_device_unref (device);
  udev_unref (udev);
}

/* A message that is cut at any byte is refused, or all its strings are complete. */
static void
test_uevent_cut (void)
{
  for (gsize len = 0; len < sizeof plugged; len++)
    {
      g_autofree char *exact = g_malloc (len + 1);
      VtDeviceEvent event = { NULL };

      /* The byte after the message is not NUL, so that a read beyond the end is noticed. */
      memset (exact, 'x', len + 1);
      memcpy (exact, plugged, len);
      if (!vt_uevent_parse (exact, len, &event))
        g_assert_null (event.action);
      else
        g_assert_cmpstr (event.subsystem, ==, "memory");
    }
}

static void
put_vcpu (const Fixture *fixture, guint id, const char *online)
{
  g_autofree char *folder = g_strdup_printf (VCPUS "cpu%u", id);

  kernel_tree_put (&fixture->tree, folder, "online", online);
}

static void
assert_vcpu (const Fixture *fixture, guint id, const char *online)
{
  g_autofree char *path = g_strdup_printf (VCPUS "cpu%u/online", id);

  kernel_tree_assert (&fixture->tree, path, online);
}

/* Plugged vCPUs, and no others, come online before the engine tunes what depends on their number.
 */
static void
test_vcpus (Fixture *fixture, gconstpointer data)
{
  VtDeviceEvent again = { .action = "add",
                          .subsystem = "cpu",
                          .sysname = "cpu1",
                          .devpath = "/devices/system/cpu/cpu1",
                          .synthetic = "0" };

  for (guint id = 1; id <= 4; id++)
    put_vcpu (fixture, id, "0");
  deliver (fixture, VT_MONITOR_KERNEL, "add", "cpu", "cpu2");
  await (fixture, "converge(-,-) ");
  assert_vcpu (fixture, 2, "1");

  vt_monitor_deliver (fixture->monitor, VT_MONITOR_KERNEL, &again);
  await (fixture, "converge(-,-) ");
  deliver (fixture, VT_MONITOR_KERNEL, "offline", "cpu", "cpu3");
  await (fixture, "converge(-,-) ");
  deliver (fixture, VT_MONITOR_KERNEL, "add", "cpu", "cpu77"); /* was removed meanwhile */
  await (fixture, "converge(-,-) ");
  assert_vcpu (fixture, 1, "0");
  assert_vcpu (fixture, 3, "0");
}

static void
forget_events (Fixture *fixture)
{
  vt_monitor_deliver (fixture->monitor, VT_MONITOR_KERNEL, NULL);
  await (fixture, "wanted(-,-) converge(block,-) converge(net,-) converge(-,-) ");
}

/* A vCPU whose event was lost comes online. One that existed before, or was taken offline, does
 * not. */
static void
test_vcpus_missed (Fixture *fixture, gconstpointer data)
{
  put_vcpu (fixture, 1, "0");
  put_vcpu (fixture, 2, "1");
  vt_hotplug_start (fixture->hotplug);
  await (fixture, "wanted(-,-) ");
  drain (fixture);
  put_vcpu (fixture, 2, "0");
  put_vcpu (fixture, 3, "0");
  forget_events (fixture);
  assert_vcpu (fixture, 1, "0");
  assert_vcpu (fixture, 2, "0");
  assert_vcpu (fixture, 3, "1");

  /* These were plugged while no agent ran. */
  put_vcpu (fixture, 3, "0");
  drop_hotplug (fixture);
  put_vcpu (fixture, 4, "0");
  make_hotplug (fixture, data, 0);
  vt_hotplug_start (fixture->hotplug);
  await (fixture, "wanted(-,-) ");
  drain (fixture);
  assert_vcpu (fixture, 1, "0");
  assert_vcpu (fixture, 3, "0");
  assert_vcpu (fixture, 4, "1");
}

#define BROKEN_VCPU VCPUS "cpu5/online"

static gint broken_writes;

int __real_vt_kernel_fs_write_errno (const VtKernelFs *fs, const char *path, const char *value);
int __wrap_vt_kernel_fs_write_errno (const VtKernelFs *fs, const char *path, const char *value);

int
__wrap_vt_kernel_fs_write_errno (const VtKernelFs *fs, const char *path, const char *value)
{
  if (!g_str_equal (path, BROKEN_VCPU))
    return __real_vt_kernel_fs_write_errno (fs, path, value);

  g_atomic_int_inc (&broken_writes);
  g_main_context_wakeup (NULL);

  return -EIO;
}

/* Each gap is twice the one before; then no timer runs. */
static void
test_vcpus_retry (Fixture *fixture, gconstpointer data)
{
  const gint64 begun = g_get_monotonic_time ();

  drop_hotplug (fixture);
  make_hotplug (fixture, data, 10);
  put_vcpu (fixture, 1, "1");
  vt_hotplug_start (fixture->hotplug);
  await (fixture, "wanted(-,-) ");
  put_vcpu (fixture, 5, "0");
  g_atomic_int_set (&broken_writes, 0);
  deliver (fixture, VT_MONITOR_KERNEL, "add", "cpu", "cpu5");
  await (fixture, "converge(-,-) ");

  while (g_atomic_int_get (&broken_writes) < VT_VCPU_TRIES_MAX)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (g_get_monotonic_time () - begun, >=, (10 + 20 + 40 + 80) * 1000);
  drain (fixture);
  g_assert_false (is_timed ());
  g_assert_cmpint (g_atomic_int_get (&broken_writes), ==, VT_VCPU_TRIES_MAX);
}

static void
test_vcpus_off (Fixture *fixture, gconstpointer data)
{
  put_vcpu (fixture, 2, "0");
  deliver (fixture, VT_MONITOR_KERNEL, "add", "cpu", "cpu2");
  await (fixture, "converge(-,-) ");
  assert_vcpu (fixture, 2, "0");
}

#ifdef ALLOCATIONS_COUNTED
/* Handling a kernel event allocates nothing: thousands arrive while memory is short. */
static void
test_no_allocation (Fixture *fixture, gconstpointer data)
{
  unsigned long before;

  close_gate (fixture);
  deliver (fixture, VT_MONITOR_KERNEL, "add", "memory", "memory39");
  before = allocations;
  for (guint i = 0; i < 500; i++)
    {
      VtDeviceEvent event = { NULL };

      g_assert_true (vt_uevent_parse (plugged, sizeof plugged - 1, &event));
      vt_monitor_deliver (fixture->monitor, VT_MONITOR_KERNEL, &event);
    }
  g_assert_cmpuint (allocations - before, ==, 0);
  open_gate (fixture);
  await (fixture, "converge(block,vda) wanted(-,-) ");
}

static gboolean
hold (guint64 index, gpointer data)
{
  return TRUE;
}

/* All blocks are held, because the simulation of a write in a fixture tree allocates. */
static void
test_no_allocation_of_a_sweep (void)
{
  g_auto (KernelTree) tree = kernel_tree_new ();
  const VtSweepRequest request = { .policy = "online_movable", .is_held = hold };
  VtSweepResult sweep = { 0 };
  unsigned long before;

  for (guint i = 0; i < 200; i++)
    {
      g_autofree char *folder = g_strdup_printf (MEMORY "memory%u", i);

      kernel_tree_put (&tree, folder, "state", "offline");
    }
  before = allocations;
  g_assert_true (vt_memory_sweep (tree.fs, &request, &sweep, NULL));
  g_assert_cmpuint (allocations - before, ==, 0);
  g_assert_cmpuint (sweep.held, ==, 200);
}
#endif

static const struct
{
  const char *line;
  gboolean set;
} command_lines[] = {
  { "root=/dev/vda quiet", FALSE },
  { "root=/dev/vda memhp_default_state=online_movable quiet", TRUE },
  { "memhp-default-state=offline", TRUE },
  { "memhp_default_state=\"online\"", TRUE },
  { "\"memhp_default_state=online\"", TRUE },
  { "memhp_default_state=always", FALSE },
  { "memhp_default_state", FALSE },
  { "xmemhp_default_state=online", FALSE },
  { "quiet -- memhp_default_state=online", FALSE },
};

static void
test_base_policy (void)
{
  g_auto (KernelTree) tree = kernel_tree_new ();

  g_assert_false (vt_memory_policy_from_cmdline (tree.fs));
  for (gsize i = 0; i < G_N_ELEMENTS (command_lines); i++)
    {
      g_autoptr (VtSettings) settings = NULL;
      const VtSetting *setting;

      kernel_tree_put (&tree, "proc", "cmdline", command_lines[i].line);
      g_assert_cmpint (vt_memory_policy_from_cmdline (tree.fs), ==, command_lines[i].set);
      settings = vt_base_policy (tree.fs, "online_kernel");
      setting = vt_settings_get (settings, "memory/auto_online_blocks");
      g_assert_cmpstr (setting != NULL ? setting->value : NULL, ==,
                       command_lines[i].set ? NULL : "online_kernel");
    }
}

static void
test_base_policy_off (void)
{
  g_auto (KernelTree) tree = kernel_tree_new ();
  g_autoptr (VtSettings) off = vt_base_policy (tree.fs, "off");
  g_autoptr (VtSettings) unset = vt_base_policy (tree.fs, NULL);

  g_assert_cmpuint (off->list->len, ==, 0);
  g_assert_cmpuint (unset->list->len, ==, 0);
}

#define ADD(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/hotplug/devices", test_devices);
  ADD ("/hotplug/many-events", test_many_events);
  ADD ("/hotplug/lost-events", test_lost_events);
  ADD ("/hotplug/provisional", test_provisional);
  ADD ("/hotplug/memory", test_memory);
  ADD ("/hotplug/memory-resets", test_memory_resets);
  ADD ("/hotplug/memory-held", test_memory_held);
  ADD ("/hotplug/memory-held-after-restart", test_memory_held_after_restart);
  ADD ("/hotplug/memory-by-kernel", test_memory_by_kernel);
  ADD ("/hotplug/memory-retry", test_memory_retry);
  ADD ("/hotplug/memory-retry-after-online", test_memory_retry_after_online);
  ADD ("/hotplug/memory-offline", test_memory_offline);
  ADD ("/hotplug/provisional-at-start", test_provisional_at_start);
  ADD ("/hotplug/slash-in-name", test_slash_in_name);
  g_test_add ("/hotplug/vcpus", Fixture, "online", set_up, test_vcpus, tear_down);
  g_test_add ("/hotplug/vcpus-missed", Fixture, "online", set_up, test_vcpus_missed, tear_down);
  g_test_add ("/hotplug/vcpus-retry", Fixture, "online", set_up, test_vcpus_retry, tear_down);
  ADD ("/hotplug/vcpus-off", test_vcpus_off);
#ifdef ALLOCATIONS_COUNTED
  ADD ("/hotplug/no-allocation", test_no_allocation);
  g_test_add_func ("/hotplug/no-allocation-of-a-sweep", test_no_allocation_of_a_sweep);
#endif
  g_test_add_func ("/hotplug/pending", test_pending);
  g_test_add_func ("/hotplug/pending-blocks", test_pending_blocks);
  g_test_add_func ("/hotplug/pending-bound", test_pending_bound);
  g_test_add_func ("/uevent/parse", test_uevent);
  g_test_add_func ("/uevent/cut", test_uevent_cut);
  g_test_add_func ("/base-policy/cmdline", test_base_policy);
  g_test_add_func ("/base-policy/off", test_base_policy_off);
  return g_test_run ();
}
