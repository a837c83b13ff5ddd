/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "fake-world.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "protocol/error.h"

const char *const fake_keys[FAKE_N] = {
  [FAKE_VDA_SCHEDULER] = "block/vda/scheduler",
  [FAKE_VDA_READ_AHEAD] = "block/vda/read_ahead_kb",
  [FAKE_VDB_SCHEDULER] = "block/vdb/scheduler",
  [FAKE_VDB_READ_AHEAD] = "block/vdb/read_ahead_kb",
  [FAKE_ETH0_COMBINED] = "net/eth0/combined",
  [FAKE_ETH0_XPS] = "net/eth0/xps",
  [FAKE_AUTO_ONLINE] = "memory/auto_online_blocks",
  [FAKE_DIRTY_BYTES] = "sysctl/vm.dirty_bytes",
  [FAKE_DIRTY_RATIO] = "sysctl/vm.dirty_ratio",
  [FAKE_SWAPPINESS] = "sysctl/vm.swappiness",
};

const char *const fake_boot_values[FAKE_N] = {
  [FAKE_VDA_SCHEDULER] = "mq-deadline",
  [FAKE_VDA_READ_AHEAD] = "128",
  [FAKE_VDB_SCHEDULER] = "mq-deadline",
  [FAKE_VDB_READ_AHEAD] = "128",
  [FAKE_ETH0_COMBINED] = "4",
  [FAKE_ETH0_XPS] = "kernel-4",
  [FAKE_AUTO_ONLINE] = "offline",
  [FAKE_DIRTY_BYTES] = "0",
  [FAKE_DIRTY_RATIO] = "20",
  [FAKE_SWAPPINESS] = "60",
};

static const char *const device_names[FAKE_N_DEVICES] = { "vda", "vdb", "eth0", NULL };

/* The one world of a test process. It is global because tunables have no state to keep it in. */
static FakeWorld *the_world;

FakeDevice
fake_world_device_of (FakeIndex index)
{
  if (index <= FAKE_VDA_READ_AHEAD)
    return FAKE_VDA;
  if (index <= FAKE_VDB_READ_AHEAD)
    return FAKE_VDB;

  return index <= FAKE_ETH0_XPS ? FAKE_ETH0 : FAKE_GUEST;
}

static void
set_value (FakeState *state, FakeIndex index, const char *value)
{
  g_strlcpy (state->value[index], value, sizeof state->value[index]);
  if (index == FAKE_ETH0_COMBINED)
    g_snprintf (state->value[FAKE_ETH0_XPS], sizeof state->value[0], "kernel-%s", value);
  if (index == FAKE_DIRTY_BYTES)
    g_strlcpy (state->value[FAKE_DIRTY_RATIO], "0", sizeof state->value[0]);
  if (index == FAKE_DIRTY_RATIO)
    g_strlcpy (state->value[FAKE_DIRTY_BYTES], "0", sizeof state->value[0]);
}

/* Like a kernel, writes all or nothing, even if the process is killed at the same time. */
void
fake_world_set (FakeWorld *world, FakeIndex index, const char *value)
{
  sigset_t all, before;

  sigfillset (&all);
  pthread_sigmask (SIG_SETMASK, &all, &before);
  set_value (world->state, index, value);
  pthread_sigmask (SIG_SETMASK, &before, NULL);
}

static FakeIndex
index_of (const VtAttribute *attribute)
{
  return (FakeIndex) GPOINTER_TO_UINT (attribute->row);
}

static char *
fake_read (const VtAttribute *attribute, const VtSystem *system, GError **error)
{
  const FakeIndex index = index_of (attribute);

  if (!the_world->state->present[fake_world_device_of (index)])
    {
      vt_error_set (error, VT_ERROR_NOT_OFFERED, "%s is not there", attribute->key);
      return NULL;
    }

  return g_strdup (the_world->state->value[index]);
}

static gboolean
fake_write (const VtAttribute *attribute, const VtSystem *system, const char *value, GError **error)
{
  const FakeIndex index = index_of (attribute);
  FakeState *state = the_world->state;

  state->writes++;
  if (state->writes == state->kill_at && state->kill_before)
    _exit (9);
  if (!state->present[fake_world_device_of (index)])
    return vt_error_set (error, VT_ERROR_NOT_OFFERED, "%s is not there", attribute->key);
  if (state->refuses[index])
    return vt_error_set_errno (error, EBUSY, "writing %s", value);
  if (state->writes == state->fail_at)
    return vt_error_set_errno (error, state->fail_errno, "writing %s", value);
  if (attribute->counterpart != NULL && g_str_equal (value, "0"))
    return vt_error_set_errno (error, EINVAL, "writing %s", value);

  fake_world_set (the_world, index, value);
  if (state->writes == state->kill_at)
    _exit (9);

  return TRUE;
}

static gboolean
decide_number (
    const VtAttribute *attribute, const char *wanted, gint64 max, VtDecision *ret, GError **error)
{
  gint64 number;

  if (!g_ascii_string_to_signed (wanted, 10, 1, max, &number, NULL))
    return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT, "'%s' is not of 1..%d", wanted,
                         (int) max);

  ret->value = g_strdup_printf ("%" G_GINT64_FORMAT, number);
  return TRUE;
}

/* vdb is passed through unless a hint says otherwise. Here a disk's serial number is its name. */
static gboolean
is_passed_through (FakeIndex index, const VtHints *hints)
{
  const char *name = device_names[fake_world_device_of (index)];

  for (guint i = 0; hints != NULL && i < hints->list->len; i++)
    {
      const VtHint *hint = g_ptr_array_index (hints->list, i);

      if (g_strcmp0 (hint->serial, name) == 0)
        return hint->backing >= VT_BACKING_ISCSI;
    }

  return index == FAKE_VDB_SCHEDULER;
}

static gboolean
decide_scheduler (FakeIndex index,
                  const VtQuestion *question,
                  const char *wanted,
                  VtDecision *ret,
                  GError **error)
{
  const gboolean passed_through = is_passed_through (index, question->hints);

  if (g_str_equal (wanted, "auto") && passed_through)
    {
      ret->reason = g_strdup ("passed through");
      return TRUE;
    }

  if (g_str_equal (wanted, "auto") || g_str_equal (wanted, "noop"))
    wanted = "none";
  if (g_str_equal (wanted, "none") && passed_through && !question->forced)
    return vt_error_set (error, VT_ERROR_REFUSED, "none is not for what is passed through");
  if (!g_str_equal (wanted, "none") && !g_str_equal (wanted, "mq-deadline")
      && !g_str_equal (wanted, "kyber"))
    return vt_error_set (error, VT_ERROR_NOT_OFFERED, "'%s' is none of none mq-deadline kyber",
                         wanted);

  ret->value = g_strdup (wanted);
  return TRUE;
}

static gboolean
decide_xps (const VtQuestion *question, const char *wanted, VtDecision *ret, GError **error)
{
  const char *planned = question->planned (question->plan, fake_keys[FAKE_ETH0_COMBINED]);

  if (g_str_equal (wanted, "off"))
    {
      ret->reason = g_strdup ("off");
      return TRUE;
    }
  if (!g_str_equal (wanted, "auto"))
    return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT, "'%s' is none of auto off", wanted);

  ret->value = g_strdup_printf (
      "masks-%s", planned != NULL ? planned : the_world->state->value[FAKE_ETH0_COMBINED]);
  return TRUE;
}

static gboolean
fake_decide (const VtAttribute *attribute,
             const VtQuestion *question,
             const char *wanted,
             VtDecision *ret,
             GError **error)
{
  const FakeIndex index = index_of (attribute);

  if (index == FAKE_VDA_SCHEDULER || index == FAKE_VDB_SCHEDULER)
    return decide_scheduler (index, question, wanted, ret, error);
  if (index == FAKE_ETH0_XPS)
    return decide_xps (question, wanted, ret, error);

  if (index == FAKE_ETH0_COMBINED && g_str_equal (wanted, "auto"))
    ret->value = g_strdup_printf ("%u", MIN (4, the_world->state->online_cpus));
  else if (index == FAKE_ETH0_COMBINED)
    return decide_number (attribute, wanted, 4, ret, error);
  else if (index == FAKE_AUTO_ONLINE)
    ret->value = g_strdup (wanted);
  else if (index == FAKE_DIRTY_RATIO && g_str_equal (wanted, "0"))
    ret->value = g_strdup (wanted);
  else
    return decide_number (attribute, wanted, 100000, ret, error);

  return TRUE;
}

static const VtAttributeOps fake_ops
    = { .read = fake_read, .write = fake_write, .decide = fake_decide };

static VtAttribute *
make_attribute (FakeIndex index)
{
  static const char *const xps[] = { "net/eth0/xps", NULL };
  const FakeDevice device = fake_world_device_of (index);
  g_autofree char *section = g_strndup (fake_keys[index], strcspn (fake_keys[index], "/"));
  g_autofree char *identity
      = device == FAKE_GUEST
            ? NULL
            : g_strdup_printf ("/devices/%u", device * 1000 + the_world->state->generation[device]);
  VtAttribute *attribute = vt_attribute_new (&fake_ops, section, device_names[device],
                                             strrchr (fake_keys[index], '/') + 1, identity, NULL);

  attribute->row = GUINT_TO_POINTER (index);
  attribute->rank = VT_RANK_PLAIN;
  attribute->number = g_ascii_isdigit (*fake_boot_values[index]);
  if (index == FAKE_ETH0_COMBINED)
    {
      attribute->rank = VT_RANK_CHANNELS;
      attribute->disturbs = g_strdupv ((char **) xps);
    }
  if (index == FAKE_ETH0_XPS)
    attribute->rank = VT_RANK_XPS;
  if (index == FAKE_DIRTY_BYTES)
    attribute->counterpart = g_strdup (fake_keys[FAKE_DIRTY_RATIO]);
  if (index == FAKE_DIRTY_RATIO)
    attribute->counterpart = g_strdup (fake_keys[FAKE_DIRTY_BYTES]);

  return attribute;
}

/* The many disks: each has one attribute with one digit. */
static char *
many_read (const VtAttribute *attribute, const VtSystem *system, GError **error)
{
  return g_strdup_printf ("%d", 1 + the_world->state->many_value[index_of (attribute)]);
}

static gboolean
many_write (const VtAttribute *attribute, const VtSystem *system, const char *value, GError **error)
{
  the_world->state->writes++;
  the_world->state->many_value[index_of (attribute)] = (char) (value[0] - '1');

  return TRUE;
}

static gboolean
many_decide (const VtAttribute *attribute,
             const VtQuestion *question,
             const char *wanted,
             VtDecision *ret,
             GError **error)
{
  return decide_number (attribute, wanted, 9, ret, error);
}

static const VtAttributeOps many_ops
    = { .read = many_read, .write = many_write, .decide = many_decide };

static void
enumerate_many (const char *device, GPtrArray *attributes)
{
  for (guint i = 0; i < the_world->state->many; i++)
    {
      g_autofree char *name = g_strdup_printf ("sd%u", i);
      g_autofree char *padding = g_strnfill (the_world->state->many_padding, '-');
      g_autofree char *identity = g_strdup_printf ("/devices/many/%u%s", i, padding);
      VtAttribute *attribute;

      if (device != NULL && !g_str_equal (device, name))
        continue;

      attribute = vt_attribute_new (&many_ops, "block", name, "rq_affinity", identity, NULL);
      attribute->row = GUINT_TO_POINTER (i);
      attribute->rank = VT_RANK_PLAIN;
      attribute->number = TRUE;
      g_ptr_array_add (attributes, attribute);
    }
}

static void
enumerate_range (FakeIndex first, FakeIndex last, const char *device, GPtrArray *attributes)
{
  for (guint i = first; i <= last; i++)
    {
      const FakeDevice owner = fake_world_device_of (i);

      if (the_world->state->present[owner]
          && (device == NULL || g_strcmp0 (device, device_names[owner]) == 0))
        g_ptr_array_add (attributes, make_attribute (i));
    }
}

static void
enumerate_block (const VtSystem *system, const char *device, GPtrArray *attributes)
{
  enumerate_range (FAKE_VDA_SCHEDULER, FAKE_VDB_READ_AHEAD, device, attributes);
  enumerate_many (device, attributes);
}

static void
enumerate_net (const VtSystem *system, const char *device, GPtrArray *attributes)
{
  enumerate_range (FAKE_ETH0_COMBINED, FAKE_ETH0_XPS, device, attributes);
}

static void
enumerate_memory (const VtSystem *system, const char *device, GPtrArray *attributes)
{
  enumerate_range (FAKE_AUTO_ONLINE, FAKE_AUTO_ONLINE, device, attributes);
}

static void
enumerate_sysctl (const VtSystem *system, const char *device, GPtrArray *attributes)
{
  enumerate_range (FAKE_DIRTY_BYTES, FAKE_SWAPPINESS, device, attributes);
}

static const char *const block_names[] = { "scheduler", "read_ahead_kb", "rq_affinity", NULL };
static const char *const net_names[] = { "combined", "xps", NULL };
static const char *const memory_names[] = { "auto_online_blocks", "online_policy", NULL };
static const char *const sysctl_names[]
    = { "vm.dirty_bytes", "vm.dirty_ratio", "vm.swappiness", "kernel.sched_absent", NULL };

static const VtTunable block = { "block", block_names, enumerate_block, NULL };
static const VtTunable net = { "net", net_names, enumerate_net, NULL };
static const VtTunable memory = { "memory", memory_names, enumerate_memory, NULL };
static const VtTunable sysctl = { "sysctl", sysctl_names, enumerate_sysctl, NULL };
static const VtTunable *const fake_tunables[] = { &block, &net, &memory, &sysctl, NULL };

static void
write_boot_id (FakeWorld *world, const char *text)
{
  g_autofree char *folder = g_build_filename (world->folder, "proc/sys/kernel/random", NULL);
  g_autofree char *path = g_build_filename (folder, "boot_id", NULL);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0755), ==, 0);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

void
fake_world_reset_values (FakeWorld *world)
{
  for (guint i = 0; i < FAKE_N; i++)
    g_strlcpy (world->state->value[i], fake_boot_values[i], sizeof world->state->value[i]);
  for (guint i = 0; i < FAKE_N_DEVICES; i++)
    world->state->present[i] = TRUE;
}

void
fake_world_reboot (FakeWorld *world)
{
  g_autofree char *id = g_uuid_string_random ();

  fake_world_reset_values (world);
  write_boot_id (world, id);
}

void
fake_world_plug (FakeWorld *world, FakeDevice device)
{
  world->state->present[device] = TRUE;
  world->state->generation[device]++;
  for (guint i = 0; i < FAKE_N; i++)
    {
      if (fake_world_device_of (i) == device)
        g_strlcpy (world->state->value[i], fake_boot_values[i], sizeof world->state->value[i]);
    }
}

void
fake_world_unplug (FakeWorld *world, FakeDevice device)
{
  world->state->present[device] = FALSE;
}

void
fake_world_write_profile (FakeWorld *world, const char *name, const char *text)
{
  g_autofree char *folder = g_build_filename (world->folder, "profiles", name, NULL);
  g_autofree char *path = g_build_filename (folder, "tuned.conf", NULL);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0755), ==, 0);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

/* In memory if possible: the tests need no real fsync, and would make thousands. */
static char *
make_folder (void)
{
  const char *parent = g_access ("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : g_get_tmp_dir ();
  char *folder = g_build_filename (parent, "virt-tune-test-XXXXXX", NULL);

  g_assert_nonnull (g_mkdtemp (folder));
  return folder;
}

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) dir
      = g_file_test (path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *below = g_build_filename (path, name, NULL);

      remove_tree (below);
    }

  g_remove (path);
}

void
fake_world_remove_profile (FakeWorld *world, const char *name)
{
  g_autofree char *folder = g_build_filename (world->folder, "profiles", name, NULL);

  remove_tree (folder);
}

FakeWorld *
fake_world_new (void)
{
  static const char *const folders[] = { "/profiles", NULL };
  FakeWorld *world = g_new0 (FakeWorld, 1);
  GError *error = NULL;

  world->state
      = mmap (NULL, sizeof (FakeState), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  g_assert_true (world->state != MAP_FAILED);
  world->state->online_cpus = 2;
  world->folder = make_folder ();
  world->state_dir = g_build_filename (world->folder, "state", NULL);
  fake_world_reboot (world);

  world->fs = vt_kernel_fs_new (world->folder, &error);
  g_assert_no_error (error);
  world->system.fs = world->fs;
  world->profiles = vt_profile_store_new (world->folder, folders);
  world->base = fake_settings ("memory/auto_online_blocks=online");
  the_world = world;

  return world;
}

void
fake_world_free (FakeWorld *world)
{
  the_world = NULL;
  remove_tree (world->folder);
  munmap (world->state, sizeof (FakeState));
  vt_profile_store_free (world->profiles);
  vt_kernel_fs_free (world->fs);
  vt_settings_free (world->base);
  g_free (world->state_dir);
  g_free (world->folder);
  g_free (world);
}

static gint64
get_now (gconstpointer state)
{
  return ((const FakeState *) state)->now;
}

VtEngine *
fake_world_engine (FakeWorld *world)
{
  VtEngineOptions options = {
    .system = &world->system,
    .tunables = fake_tunables,
    .profiles = world->profiles,
    .state_dir = world->state_dir,
    .base = world->base,
    .now = get_now,
    .now_data = world->state,
  };

  return vt_engine_new (&options);
}

VtSettings *
fake_settings (const char *assignments)
{
  g_auto (GStrv) words = g_strsplit (assignments, " ", 0);
  VtSettings *settings = vt_settings_new ();

  for (guint i = 0; words[i] != NULL; i++)
    {
      GError *error = NULL;
      VtSetting *setting = vt_setting_parse (words[i], &error);

      g_assert_no_error (error);
      vt_settings_set (settings, setting);
    }

  return settings;
}
