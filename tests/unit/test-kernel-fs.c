/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/kernel/cpu-set.h"
#include "agent/kernel/simulated-store.h"
#include "protocol/error.h"
#include "tests/unit/fixture.h"

#define SCHEDULER "sys/block/vda/queue/scheduler"

static void
link_to (const Fixture *fixture, const char *path, const char *target)
{
  g_autofree char *whole = g_build_filename (fixture->root, path, NULL);

  g_assert_cmpint (symlink (target, whole), ==, 0);
}

static void
test_read (void)
{
  g_autoptr (Fixture) fixture = fixture_new ("kvm-guest");
  const VtKernelFs *fs = fixture->system.fs;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = vt_kernel_fs_read (fs, SCHEDULER, &error);
  g_autofree char *slash = vt_kernel_fs_read (fs, "/proc/sys/vm/swappiness", &error);

  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, "[none] mq-deadline kyber bfq");
  g_assert_cmpstr (slash, ==, "60");
  g_assert_cmpstr (vt_kernel_fs_get_root (fs), ==, fixture->root);

  g_assert_null (vt_kernel_fs_read (fs, "sys/block/vdx/queue/scheduler", &error));
  g_assert_error (error, VT_ERROR, VT_ERROR_NOT_OFFERED);
  g_assert_nonnull (strstr (error->message, "/sys/block/vdx/queue/scheduler"));
  g_clear_error (&error);

  g_assert_null (vt_kernel_fs_read (fs, "sys/block", &error));
  g_assert_error (error, VT_ERROR, VT_ERROR_GENERIC);
  g_assert_nonnull (strstr (error->message, g_strerror (EISDIR)));
}

static void
test_read_buffer (void)
{
  g_autoptr (Fixture) fixture = fixture_new ("kvm-guest");
  const VtKernelFs *fs = fixture->system.fs;
  char buffer[64] = "before";

  g_assert_cmpint (vt_kernel_fs_read_buffer (fs, "sys/x", buffer, sizeof buffer), ==, -ENOENT);
  g_assert_cmpstr (buffer, ==, "before");
  g_assert_cmpint (vt_kernel_fs_read_buffer (fs, SCHEDULER, buffer, sizeof buffer), ==, 0);
  g_assert_cmpstr (buffer, ==, "[none] mq-deadline kyber bfq");
  g_assert_cmpint (vt_kernel_fs_read_buffer (fs, SCHEDULER, buffer, 7), ==, 0);
  g_assert_cmpstr (buffer, ==, "[none]");
  g_assert_cmpint (vt_kernel_fs_read_buffer (fs, SCHEDULER, buffer, 0), ==, -EINVAL);
}

/* Reads are bounded and never block, whatever kind of file it is. */
static void
test_read_bounds (void)
{
  g_autoptr (Fixture) fixture = fixture_new ("mini-guest");
  const VtKernelFs *fs = fixture->system.fs;
  g_autofree char *large = g_strnfill (VT_KERNEL_FILE_MAX + 5000, 'x');
  g_autofree char *fifo = g_build_filename (fixture->root, "proc/fifo", NULL);
  g_autofree char *text = NULL;
  g_autofree char *empty = NULL;

  fixture_write (fixture, "proc/large", large);
  text = vt_kernel_fs_read (fs, "proc/large", NULL);
  g_assert_cmpuint (strlen (text), ==, VT_KERNEL_FILE_MAX);

  fixture_write (fixture, "proc/empty", " \t");
  empty = vt_kernel_fs_read (fs, "proc/empty", NULL);
  g_assert_cmpstr (empty, ==, "");

  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  g_assert_cmpint (vt_kernel_fs_write_errno (fs, "proc/fifo", "x"), ==, -ENXIO);
}

static void
test_never_leaves_the_root (void)
{
  static const char *const paths[] = {
    "../etc/passwd",
    "sys/../../etc/passwd",
    "..",
    "sys/..",
    "",
    "/",
    "sys/./../..",
    "proc/absolute/passwd",
    "proc/upwards/passwd",
    "proc/self-made/root/etc/passwd",
  };
  g_autoptr (Fixture) fixture = fixture_new ("mini-guest");
  const VtKernelFs *fs = fixture->system.fs;

  link_to (fixture, "proc/absolute", "/etc");
  link_to (fixture, "proc/upwards", "../../../../../../../../etc");
  link_to (fixture, "proc/self-made", "/proc/self");

  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autoptr (GError) error = NULL;

      g_test_message ("'%s'", paths[i]);
      g_assert_null (vt_kernel_fs_read (fs, paths[i], &error));
      g_assert_nonnull (error);
      g_assert_cmpint (vt_kernel_fs_write_errno (fs, paths[i], "x"), <, 0);
    }

  /* Absolute targets and ".." of a symlink resolve below the root. */
  fixture_write (fixture, "etc/passwd", "nobody");
  g_assert_true (vt_kernel_fs_exists (fs, "proc/absolute/passwd"));
  g_assert_true (vt_kernel_fs_exists (fs, "proc/upwards/passwd"));
}

static void
test_write (void)
{
  g_autoptr (Fixture) fixture = fixture_new ("kvm-guest");
  const VtKernelFs *fs = fixture->system.fs;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  g_assert_true (vt_kernel_fs_write (fs, SCHEDULER, "kyber", &error));
  g_assert_no_error (error);
  text = vt_kernel_fs_read (fs, SCHEDULER, NULL);
  g_assert_cmpstr (text, ==, "none mq-deadline [kyber] bfq");

  g_assert_false (vt_kernel_fs_write (fs, SCHEDULER, "cfq", &error));
  g_assert_error (error, VT_ERROR, VT_ERROR_GENERIC);
  g_assert_nonnull (strstr (error->message, "cfq"));
  g_assert_nonnull (strstr (error->message, g_strerror (EINVAL)));
  g_clear_error (&error);

  g_assert_cmpint (vt_kernel_fs_check_writable (fs, SCHEDULER), ==, 0);
  g_assert_cmpint (vt_kernel_fs_check_writable (fs, "sys/block"), ==, -EISDIR);
  g_assert_cmpint (vt_kernel_fs_check_writable (fs, "sys/x"), ==, -ENOENT);

  /* A write creates no file. */
  g_assert_false (vt_kernel_fs_write (fs, "proc/sys/vm/new", "1", &error));
  g_assert_error (error, VT_ERROR, VT_ERROR_NOT_OFFERED);
  g_assert_false (vt_kernel_fs_exists (fs, "proc/sys/vm/new"));

  g_assert_true (vt_kernel_fs_write (fs, SCHEDULER, "none", NULL));
  fixture_assert_unchanged (fixture);
}

static void
test_list (void)
{
  static const char *const wanted[] = { "vda", "vda1", "vda2", "vda10", "vdb", NULL };
  g_autoptr (Fixture) fixture = fixture_new ("mini-guest");
  g_auto (GStrv) names = NULL;
  g_auto (GStrv) none = vt_kernel_fs_list (fixture->system.fs, "sys/absent");
  g_auto (GStrv) file = vt_kernel_fs_list (fixture->system.fs, SCHEDULER);

  for (guint i = 0; wanted[i] != NULL; i++)
    {
      g_autofree char *path = g_build_filename ("sys/many", wanted[4 - i], NULL);

      fixture_write (fixture, path, "");
    }

  names = vt_kernel_fs_list (fixture->system.fs, "sys/many");
  g_assert_cmpuint (g_strv_length (names), ==, 5);
  for (guint i = 0; wanted[i] != NULL; i++)
    g_assert_cmpstr (names[i], ==, wanted[i]);
  g_assert_cmpuint (g_strv_length (none), ==, 0);
  g_assert_cmpuint (g_strv_length (file), ==, 0);
}

static gboolean
count_three (const char *name, gpointer data)
{
  guint *count = data;

  g_assert_cmpstr (name, !=, ".");
  g_assert_cmpstr (name, !=, "..");

  return ++*count < 3;
}

static void
test_each (void)
{
  g_autoptr (Fixture) fixture = fixture_new ("kvm-guest");
  guint count = 0;

  g_assert_cmpint (vt_kernel_fs_each (fixture->system.fs, "sys/block", count_three, &count), ==, 0);
  g_assert_cmpuint (count, ==, 3);
  g_assert_cmpint (vt_kernel_fs_each (fixture->system.fs, "sys/x", count_three, &count), ==,
                   -ENOENT);
  g_assert_cmpint (vt_kernel_fs_each (fixture->system.fs, SCHEDULER, count_three, &count), ==,
                   -ENOTDIR);
}

static void
test_realpath (void)
{
  g_autoptr (Fixture) fixture = fixture_new ("kvm-guest");
  const VtKernelFs *fs = fixture->system.fs;
  g_autofree char *vda = vt_kernel_fs_realpath (fs, "sys/block/vda");
  g_autofree char *device = vt_kernel_fs_realpath (fs, "sys/class/net/eth0/device/");

  g_assert_cmpstr (vda, ==, "sys/devices/pci0000:00/0000:00:05.0/virtio3/block/vda");
  g_assert_cmpstr (device, ==, "sys/devices/pci0000:00/0000:00:04.0/virtio2");
  g_assert_null (vt_kernel_fs_realpath (fs, "sys/block/vdx"));
}

static void
test_no_such_root (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (vt_kernel_fs_new ("/nonexistent/root", &error));
  g_assert_error (error, VT_ERROR, VT_ERROR_GENERIC);
  vt_kernel_fs_free (NULL);
}

static void
test_simulated_store (void)
{
  static const struct
  {
    const char *path;
    const char *before;
    const char *value;
    const char *after; /* NULL: EINVAL */
  } cases[] = {
    { "x", "[a] b", "b", "a [b]" },
    { "x", "[a] b", "a", "[a] b" },
    { "x", "[a] b", "c", NULL },
    { "x", "[a] b", "", NULL },
    { "x", "1", "2", "2" },
    { "x", "1\t2\t3", "4 5 6", "4\t5\t6" },
    { "sys/block/vda/queue/scheduler", "none", "kyber", "none" },
    { "sys/devices/system/memory/memory3/state", "offline", "online_movable", "online" },
    { "sys/devices/system/memory/memory3/state", "online", "offline", "offline" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *after = NULL;
      int result = vt_simulated_write (cases[i].path, cases[i].before, cases[i].value, &after);

      g_assert_cmpint (result, ==, cases[i].after != NULL ? 0 : -EINVAL);
      g_assert_cmpstr (after, ==, cases[i].after);
    }
}

static void
test_cpu_lists (void)
{
  static const struct
  {
    const char *text;
    const char *mask; /* NULL: not a valid list */
  } cases[] = {
    { "0", "1" },
    { "0-3", "f" },
    { "0-1,3", "b" },
    { "31", "80000000" },
    { "32", "1,00000000" },
    { "0,64", "1,00000000,00000001" },
    { "", "0" },
    { "8191", "" },
    { "8192", NULL },
    { "99999999999", NULL },
    { "3-1", NULL },
    { "1,1", NULL },
    { "2,1", NULL },
    { "0-3,2-5", NULL },
    { "0-", NULL },
    { "-3", NULL },
    { "0,", NULL },
    { ",0", NULL },
    { "0 1", NULL },
    { "a", NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GArray) set = vt_cpu_set_parse_list (cases[i].text, &error);
      g_autofree char *list = set != NULL ? vt_cpu_set_to_list (set) : NULL;
      g_autofree char *mask = set != NULL ? vt_cpu_set_to_mask (set) : NULL;

      g_test_message ("'%s'", cases[i].text);
      g_assert_cmpstr (list, ==, cases[i].mask != NULL ? cases[i].text : NULL);
      if (cases[i].mask == NULL)
        g_assert_error (error, VT_ERROR, VT_ERROR_INVALID_ARGUMENT);
      else if (*cases[i].mask != '\0')
        g_assert_cmpstr (mask, ==, cases[i].mask);
    }
}

static void
test_cpu_masks (void)
{
  static const char *const cases[][2] = {
    { "f", "f" },
    { "0000000f", "f" },
    { "00000000,0000000f", "f" },
    { "00000001,00000000", "1,00000000" },
    { "0", "0" },
    { "00000000,00000000", "0" },
    { "", "0" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *mask = vt_cpu_mask_normalise (cases[i][0]);

      g_assert_cmpstr (mask, ==, cases[i][1]);
    }
}

static void
test_cpu_shares (void)
{
  static const struct
  {
    const char *cpus;
    guint queues;
    const char *shares;
  } cases[] = {
    { "0-3", 4, "0 1 2 3" }, { "0-3", 2, "0,2 1,3" }, { "0-3", 3, "0,3 1 2" },
    { "0,2,5", 2, "0,5 2" }, { "0-1", 4, "0 1 0 1" }, { "0-3", 1, "0-3" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GArray) set = vt_cpu_set_parse_list (cases[i].cpus, NULL);
      g_autoptr (GString) text = g_string_new (NULL);

      for (guint queue = 0; queue < cases[i].queues; queue++)
        {
          g_autoptr (GArray) share = vt_cpu_set_share (set, queue, cases[i].queues);
          g_autofree char *list = vt_cpu_set_to_list (share);

          g_string_append_printf (text, "%s%s", queue > 0 ? " " : "", list);
        }
      g_assert_cmpstr (text->str, ==, cases[i].shares);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/kernel-fs/read", test_read);
  g_test_add_func ("/kernel-fs/read/buffer", test_read_buffer);
  g_test_add_func ("/kernel-fs/read/bounds", test_read_bounds);
  g_test_add_func ("/kernel-fs/never-leaves-the-root", test_never_leaves_the_root);
  g_test_add_func ("/kernel-fs/write", test_write);
  g_test_add_func ("/kernel-fs/list", test_list);
  g_test_add_func ("/kernel-fs/each", test_each);
  g_test_add_func ("/kernel-fs/realpath", test_realpath);
  g_test_add_func ("/kernel-fs/no-such-root", test_no_such_root);
  g_test_add_func ("/kernel-fs/simulated-store", test_simulated_store);
  g_test_add_func ("/cpu-set/lists", test_cpu_lists);
  g_test_add_func ("/cpu-set/masks", test_cpu_masks);
  g_test_add_func ("/cpu-set/shares", test_cpu_shares);
  return g_test_run ();
}
