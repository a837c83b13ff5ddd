/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "agent/hotplug/vcpu-onliner.h"
#include "agent/reporting/log.h"
#include "tests/unit/kernel-tree.h"

/* vCPUs that fail to come online: the number of tries, and the log entries. */

#define VCPUS "sys/devices/system/cpu/"

int __real_vt_kernel_fs_write_errno (const VtKernelFs *fs, const char *path, const char *value);
int __wrap_vt_kernel_fs_write_errno (const VtKernelFs *fs, const char *path, const char *value);
void __wrap_vt_log_event (VtLogEvent event, const char *format, ...) G_GNUC_PRINTF (2, 3);

static int write_fails; /* errno; 0: writes reach the tree */
static guint writes;
static guint logged[2]; /* number of entries VT_LOG_ONLINED, VT_LOG_DRIFT */

int
__wrap_vt_kernel_fs_write_errno (const VtKernelFs *fs, const char *path, const char *value)
{
  writes++;

  return write_fails != 0 ? -write_fails : __real_vt_kernel_fs_write_errno (fs, path, value);
}

void
__wrap_vt_log_event (VtLogEvent event, const char *format, ...)
{
  g_assert_true (event == VT_LOG_ONLINED || event == VT_LOG_DRIFT);
  logged[event == VT_LOG_DRIFT]++;
}

typedef struct
{
  KernelTree tree;
  VtVcpuOnliner *onliner;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autofree char *run = NULL;

  write_fails = EIO;
  writes = 0;
  memset (logged, 0, sizeof logged);
  fixture->tree = kernel_tree_new ();
  run = g_build_filename (fixture->tree.root, "run", NULL);
  g_assert_cmpint (g_mkdir (run, 0755), ==, 0);
  kernel_tree_put (&fixture->tree, VCPUS "cpu1", "online", "1");
  fixture->onliner = vt_vcpu_onliner_new (fixture->tree.fs);
  g_assert_cmpuint (vt_vcpu_onliner_run (fixture->onliner), ==, 0);
  kernel_tree_put (&fixture->tree, VCPUS "cpu2", "online", "0");
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  vt_vcpu_onliner_free (fixture->onliner);
  kernel_tree_clear (&fixture->tree);
}

static void
plug (Fixture *fixture, const char *name)
{
  const VtDeviceEvent event = { .action = "add", .subsystem = "cpu", .sysname = name };

  vt_vcpu_onliner_handle_event (fixture->onliner, &event);
}

static guint
retry (Fixture *fixture)
{
  vt_vcpu_onliner_retry (fixture->onliner);
  return vt_vcpu_onliner_run (fixture->onliner);
}

/* Plugs cpu2 and uses up all its tries. */
static void
fail_for_good (Fixture *fixture)
{
  writes = 0;
  plug (fixture, "cpu2");
  g_assert_cmpuint (vt_vcpu_onliner_run (fixture->onliner), ==, 1);
  for (guint tries = 2; tries < VT_VCPU_TRIES_MAX; tries++)
    g_assert_cmpuint (retry (fixture), ==, tries);
  g_assert_cmpuint (retry (fixture), ==, 0);
  g_assert_cmpuint (writes, ==, VT_VCPU_TRIES_MAX);
}

static void
test_bounded (Fixture *fixture, gconstpointer data)
{
  fail_for_good (fixture);
  g_assert_cmpuint (retry (fixture), ==, 0);
  g_assert_cmpuint (writes, ==, VT_VCPU_TRIES_MAX);
  g_assert_cmpuint (logged[0], ==, 0);
  g_assert_cmpuint (logged[1], ==, 1);
}

/* A run for another reason does not count as a try. */
static void
test_other_runs (Fixture *fixture, gconstpointer data)
{
  plug (fixture, "cpu2");
  g_assert_cmpuint (vt_vcpu_onliner_run (fixture->onliner), ==, 1);
  for (guint i = 0; i < 10; i++)
    g_assert_cmpuint (vt_vcpu_onliner_run (fixture->onliner), ==, 1);
  g_assert_cmpuint (writes, ==, 1);
}

static void
test_event_restarts (Fixture *fixture, gconstpointer data)
{
  fail_for_good (fixture);
  fail_for_good (fixture);
  vt_vcpu_onliner_handle_event (fixture->onliner, NULL); /* events were lost */
  g_assert_cmpuint (vt_vcpu_onliner_run (fixture->onliner), ==, 1);
  g_assert_cmpuint (logged[1], ==, 1);
}

static void
test_late_success (Fixture *fixture, gconstpointer data)
{
  plug (fixture, "cpu2");
  g_assert_cmpuint (vt_vcpu_onliner_run (fixture->onliner), ==, 1);
  write_fails = 0;
  g_assert_cmpuint (retry (fixture), ==, 0);
  kernel_tree_assert (&fixture->tree, VCPUS "cpu2/online", "1");
  g_assert_cmpuint (logged[0], ==, 1);
  g_assert_cmpuint (logged[1], ==, 1);

  /* After its success it is not tried again: if an operator takes it offline, it stays so. */
  kernel_tree_put (&fixture->tree, VCPUS "cpu2", "online", "0");
  g_assert_cmpuint (retry (fixture), ==, 0);
  kernel_tree_assert (&fixture->tree, VCPUS "cpu2/online", "0");
}

static void
test_removed (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->tree.root, VCPUS "cpu2", NULL);

  plug (fixture, "cpu2");
  plug (fixture, "cpu9"); /* was never there */
  g_assert_cmpuint (vt_vcpu_onliner_run (fixture->onliner), ==, 1);
  kernel_tree_remove (path);
  g_assert_cmpuint (retry (fixture), ==, 0);
  g_assert_cmpuint (logged[1], ==, 1);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    void (*test) (Fixture *fixture, gconstpointer data);
  } tests[] = {
    { "/vcpu-onliner/bounded", test_bounded },
    { "/vcpu-onliner/other-runs", test_other_runs },
    { "/vcpu-onliner/event-restarts", test_event_restarts },
    { "/vcpu-onliner/late-success", test_late_success },
    { "/vcpu-onliner/removed", test_removed },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, NULL, set_up, tests[i].test, tear_down);
  return g_test_run ();
}
