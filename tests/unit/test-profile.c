/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/profiles/profile.h"
#include "protocol/error.h"

static int
compare_lines (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

/* One line "KEY=VALUE" for each setting, sorted by key; an exception is "KEY=". */
static char *
describe (const VtSettings *settings)
{
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < settings->list->len; i++)
    {
      const VtSetting *setting = settings->list->pdata[i];

      g_ptr_array_add (lines, g_strdup_printf ("%s=%s\n", setting->key,
                                               setting->value != NULL ? setting->value : ""));
    }

  g_ptr_array_sort (lines, compare_lines);
  for (guint i = 0; i < lines->len; i++)
    g_string_append (text, lines->pdata[i]);
  return g_string_free (text, FALSE);
}

static VtProfileLayer *
parse (const char *text, GPtrArray *ignored, GError **error)
{
  g_auto (GStrv) includes = NULL;
  g_autofree char *summary = NULL;

  return vt_profile_parse ("p", "p/tuned.conf", text, strlen (text), &includes, &summary, ignored,
                           error);
}

typedef struct
{
  const char *name;
  const char *text;
  const char *settings;
  const char *ignored; /* lines; NULL: none */
} Case;

static const Case cases[] = {
  { "sysctl", "[sysctl]\nvm.swappiness = 30\nnet.core.somaxconn=>2048\nvm.max_map_count =< 5\n",
    "sysctl/net.core.somaxconn=>2048\nsysctl/vm.max_map_count=<5\nsysctl/vm.swappiness=30\n" },
  { "sysctl-slashes", "[sysctl]\nnet/ipv4/conf/eth0.5/forwarding=1\n",
    "sysctl/net.ipv4.conf.eth0/5.forwarding=1\n" },
  { "sysctl-quotes", "[sysctl]\nnet.ipv4.tcp_rmem=\"4096 87380 16777216\"\n",
    "sysctl/net.ipv4.tcp_rmem=4096 87380 16777216\n" },
  { "comments",
    "# one\n; two\n[sysctl] # three\n  # four\nvm.swappiness=3 # five\nvm.max_map_count=4\n",
    "sysctl/vm.max_map_count=4\nsysctl/vm.swappiness=3\n" },
  { "no-comment", "[sysctl]\nkernel.core_pattern=a#b;c\n", "sysctl/kernel.core_pattern=a#b;c\n" },
  { "crlf", "[sysctl]\r\nvm.swappiness=3\r\n", "sysctl/vm.swappiness=3\n" },
  { "continued", "[sysctl]\nnet.ipv4.tcp_rmem=1\n  2\n\n  3\nvm.swappiness=4\n",
    "sysctl/net.ipv4.tcp_rmem=1 2 3\nsysctl/vm.swappiness=4\n" },
  { "twice", "[sysctl]\nvm.swappiness=3\n[vm]\n[sysctl]\nvm.swappiness=4\n",
    "sysctl/vm.swappiness=4\n" },
  { "dirty-percent", "[vm]\ndirty_bytes=30%\ndirty_background_bytes = 10 %\n",
    "sysctl/vm.dirty_background_ratio=10\nsysctl/vm.dirty_ratio=30\n" },
  { "dirty-bytes", "[vm]\ndirty_bytes=67108864\ndirty_background_ratio=5\n",
    "sysctl/vm.dirty_background_ratio=5\nsysctl/vm.dirty_bytes=67108864\n" },
  { "thp", "[vm]\ntransparent_hugepages=never\ntransparent_hugepage.defrag=madvise\n",
    "vm/transparent_hugepage.defrag=madvise\nvm/transparent_hugepage=never\n" },
  { "disk", "[disk]\nelevator=deadline\nreadahead=>4096\n",
    "block/*/read_ahead_kb=>4096\nblock/*/scheduler=deadline\n" },
  { "sectors", "[disk]\nreadahead=>8192 s\n", "block/*/read_ahead_kb=>4096\n" },
  { "kib", "[disk]\nreadahead=128 KiB\n", "block/*/read_ahead_kb=128\n" },
  { "unit", "[disk]\nreadahead=1 furlong\n", "",
    "[disk] readahead: has a unit that is neither KiB nor s (sectors)\n" },
  { "devices", "[a]\ntype=disk\ndevices=sd*, vdb\nelevator=none\n",
    "block/sd*/scheduler=none\nblock/vdb/scheduler=none\n" },
  { "exceptions", "[disk]\ndevices=!vda,!sd*\nelevator=none\n",
    "block/*/scheduler=none\nblock/sd*/scheduler=\nblock/vda/scheduler=\n" },
  { "covered", "[disk]\ndevices=vda,nvme0n1,!vd*\nelevator=none\n",
    "block/nvme0n1/scheduler=none\nblock/vd*/scheduler=\n" },
  { "slash", "[disk]\ndevices=cciss/c0d*,etherd!e1.0,!cciss/c0d1\nelevator=none\n",
    "block/cciss!c0d*/scheduler=none\nblock/cciss!c0d1/scheduler=\n"
    "block/etherd!e1.0/scheduler=none\n" },
  { "channels", "[net]\nchannels=combined 4\n", "net/*/combined=4\n" },
  { "channels-auto", "[net]\ndevices=eth0\nchannels=combined auto\nxps=auto\nirq_affinity=off\n",
    "net/eth0/combined=auto\nnet/eth0/irq_affinity=off\nnet/eth0/xps=auto\n" },
  { "channels-rx", "[net]\nchannels=rx 2 tx 4\n", "net/*/rx=2\nnet/*/tx=4\n" },
  { "channels-all", "[net]\ndevices=eth0\nchannels=combined: 1, rx: max, tx: auto, other: 1\n",
    "net/eth0/combined=1\nnet/eth0/other=1\nnet/eth0/rx=max\nnet/eth0/tx=auto\n" },
  { "channels-odd", "[net]\nchannels=rx 2 tx\n", "",
    "[net] channels: is not pairs of a kind of channels and a number\n" },
  { "channels-twice", "[net]\nchannels=rx 2 rx 4\n", "",
    "[net] channels: names one kind of channels twice\n" },
  { "channels-kind", "[net]\nchannels=rx 2 mini 4\n", "",
    "[net] channels: names a kind of channels other than combined, rx, tx and other\n" },
  { "channels-empty", "[net]\nchannels=\n", "", "[net] channels: has no value\n" },
  { "net-kinds", "[net]\nrx=2\ntx=3\nother=1\n", "net/*/other=1\nnet/*/rx=2\nnet/*/tx=3\n" },
  { "memory", "[memory]\nauto_online_blocks=online_movable\n",
    "memory/auto_online_blocks=online_movable\n" },
  { "variables", "[variables]\na=2\nb=${a}0\n[sysctl]\nvm.swappiness=${b}\n",
    "sysctl/vm.swappiness=20\n" },
  { "variable-devices", "[variables]\nd=vdb\n[disk]\ndevices=${d}\nelevator=none\n",
    "block/vdb/scheduler=none\n" },
  { "escaped", "[sysctl]\nkernel.core_pattern=\\${x}\n", "sysctl/kernel.core_pattern=${x}\n" },
  { "undefined", "[sysctl]\nvm.swappiness=${b}\n", "",
    "[sysctl] vm.swappiness: the variable ${b} has no value\n" },
  { "function", "[variables]\na=${f:exec:id}\n[sysctl]\nvm.swappiness=${a}\n", "",
    "[variables] a: functions of TuneD (${f:…}) are not carried out\n"
    "[sysctl] vm.swappiness: the variable ${a} has no value\n" },
  { "disabled", "[sysctl]\nenabled=0\nvm.swappiness=3\n", "" },
  { "conditional", "[sysctl.arm]\ntype=sysctl\nuname_regex=aarch64\nkernel.numa_balancing=0\n", "",
    "[sysctl.arm] kernel.numa_balancing: the section has a condition (uname_regex), "
    "which is "
    "not evaluated\n" },
  { "unknown",
    "[cpu]\ngovernor=performance\n[script]\nscript=${i:PROFILE_DIR}/"
    "x.sh\n[what]\na=1\n[net]\nx=1\n",
    "",
    "[cpu] governor: the host controls its processors; a guest can't\n"
    "[script] script: no program is run, ever\n"
    "[what] a: no section of this type is carried out here\n"
    "[net] x: is no option that is carried out here\n" },
  { "empty", "[sysctl]\nvm.swappiness=\n", "", "[sysctl] vm.swappiness: has no value\n" },
  { "same-twice", "[vm]\ndirty_bytes=30%\n[sysctl]\nvm.dirty_ratio=30\n",
    "sysctl/vm.dirty_ratio=30\n" },
};

static void
test_case (gconstpointer data)
{
  const Case *c = data;
  g_autoptr (GPtrArray) ignored = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;
  g_autoptr (VtProfileLayer) layer = parse (c->text, ignored, &error);
  g_autofree char *settings = NULL;
  g_autoptr (GString) lines = g_string_new (NULL);

  g_assert_no_error (error);
  settings = describe (layer->settings);
  g_assert_cmpstr (settings, ==, c->settings);

  for (guint i = 0; i < ignored->len; i++)
    g_string_append_printf (lines, "%s\n", (char *) ignored->pdata[i]);
  g_assert_cmpstr (lines->str, ==, c->ignored != NULL ? c->ignored : "");
}

static void
assert_damaged (const char *text, gsize len, const char *message)
{
  g_autoptr (GPtrArray) ignored = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) includes = NULL;
  g_autofree char *summary = NULL;
  g_autoptr (VtProfileLayer) layer
      = vt_profile_parse ("p", "p/tuned.conf", text, len, &includes, &summary, ignored, &error);

  g_assert_null (layer);
  g_assert_null (includes);
  g_assert_error (error, VT_ERROR, VT_ERROR_INVALID_ARGUMENT);
  g_assert_cmpstr (error->message, ==, message);
}

static void
test_damaged (void)
{
  g_autofree char *name = g_strnfill (300, 'a');
  g_autofree char *value = g_strnfill (1100, 'a');
  g_autofree char *long_name = g_strconcat ("[sysctl]\n", name, "=1\n", NULL);
  g_autofree char *long_value = g_strconcat ("[sysctl]\na=", value, "\n", NULL);
  const struct
  {
    const char *text;
    const char *message;
  } damaged[] = {
    { "a=1\n", "p/tuned.conf:1: stands before any [section]" },
    { "[a]\n\nb\n", "p/tuned.conf:3: is neither a [section] nor NAME=VALUE" },
    { "[a\n", "p/tuned.conf:1: a section's name must end with ']'" },
    { "[ ]\n", "p/tuned.conf:1: the section has no name" },
    { "[a]\n=1\n", "p/tuned.conf:2: has no name before '='" },
    { "[a]\nb=\x1b[31m\n", "p/tuned.conf:2: has a control character" },
    { "[a]\nb=\xff\n", "p/tuned.conf: is not UTF-8 text" },
    { long_name, "p/tuned.conf:2: the name is too long" },
    { long_value, "p/tuned.conf:2: the value is too long" },
    { "[vm]\ndirty_bytes=30%\n[sysctl]\nvm.dirty_ratio=20\n",
      "p/tuned.conf: wants both '30' and '20' of sysctl/vm.dirty_ratio" },
    { "[main]\nsummary=x\ninclude=base-${what}\n",
      "p/tuned.conf:3: include can't be followed: the variable ${what} has no value" },
    { "[main]\ninclude=${f:exec:id}\n",
      "p/tuned.conf:2: include can't be followed: functions of TuneD (${f:…}) are not carried "
      "out" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (damaged); i++)
    assert_damaged (damaged[i].text, strlen (damaged[i].text), damaged[i].message);

  assert_damaged ("[a]\nb=\0c\n", 9, "p/tuned.conf: is not UTF-8 text");
}

/* Each of many variables doubles the value of the last one. This stops at the limit of a value. */
static void
test_expansion_is_bounded (void)
{
  g_autoptr (GPtrArray) ignored = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GString) text = g_string_new ("[variables]\nv0=aaaaaaaaaaaaaaaa\n");
  g_autoptr (GError) error = NULL;
  g_autoptr (VtProfileLayer) layer = NULL;

  for (guint i = 1; i < 100; i++)
    g_string_append_printf (text, "v%u=${v%u}${v%u}\n", i, i - 1, i - 1);
  g_string_append (text, "[sysctl]\nkernel.core_pattern=${v99}\n");

  layer = parse (text->str, ignored, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (layer->settings->list->len, ==, 0);
  g_assert_cmpuint (ignored->len, ==,
                    94); /* v7 (2048 bytes) to v99, and the option that uses v99 */
}

static void
test_devices_are_bounded (void)
{
  g_autoptr (GPtrArray) ignored = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GString) text = g_string_new ("[disk]\ndevices=");
  g_autoptr (GError) error = NULL;
  g_autoptr (VtProfileLayer) layer = NULL;

  for (guint i = 0; i < 65; i++)
    g_string_append_printf (text, "v%u,", i);
  g_string_append (text, "\nelevator=none\n");

  layer = parse (text->str, ignored, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (layer->settings->list->len, ==, 0);
  g_assert_cmpstr (ignored->pdata[0], ==, "[disk] elevator: devices= has too many rules");
}

static void
test_text_is_harmless (void)
{
  g_autoptr (GPtrArray) ignored = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) includes = NULL;
  g_autofree char *summary = NULL;
  const char *text = "[main]\nsummary=a\342\200\256b\302\233c\n[\342\200\256]\nx=1\n";
  g_autoptr (VtProfileLayer) layer G_GNUC_UNUSED = vt_profile_parse (
      "p", "p/tuned.conf", text, strlen (text), &includes, &summary, ignored, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (summary, ==, "a?b?c");
  g_assert_cmpstr (ignored->pdata[0], ==, "[?] x: no section of this type is carried out here");
}

/* Profiles on disk, in two folders. Those of the first folder win. */

typedef struct
{
  char *root;
  VtProfileStore *store;
} Fixture;

static void
write_profile (const Fixture *fixture, const char *folder, const char *name, const char *text)
{
  g_autofree char *dir = g_build_filename (fixture->root, folder, name, NULL);
  g_autofree char *path = g_build_filename (dir, "tuned.conf", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir_with_parents (dir, 0755), ==, 0);
  g_file_set_contents (path, text, -1, &error);
  g_assert_no_error (error);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  const char *const folders[] = { "/etc", "/usr", NULL };
  g_autoptr (GError) error = NULL;

  fixture->root = g_dir_make_tmp ("profiles-XXXXXX", &error);
  g_assert_no_error (error);
  fixture->store = vt_profile_store_new (fixture->root, folders);

  write_profile (fixture, "usr", "base",
                 "[main]\nsummary=Base\n[disk]\nreadahead=>4096\nelevator=bfq\n"
                 "[vm]\ndirty_bytes=40%\n[sysctl]\nvm.swappiness=10\n");
  write_profile (fixture, "usr", "child",
                 "[main]\nsummary=Child\ninclude=base\n[vm]\ndirty_bytes=30%\n"
                 "[sysctl]\nvm.swappiness=30\n");
}

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) dir
      = g_file_test (path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      remove_tree (child);
    }
  g_assert_cmpint (g_remove (path), ==, 0);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  vt_profile_store_free (fixture->store);
  remove_tree (fixture->root);
  g_free (fixture->root);
}

/* "NAME: KEY=VALUE…" for each layer, lowest first; "error: …" if the profile can't be loaded. */
static char *
load (const Fixture *fixture, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VtProfile) profile = vt_profile_store_load (fixture->store, name, &error);
  GString *text = g_string_new (NULL);

  if (profile == NULL)
    {
      g_assert_error (error, VT_ERROR, VT_ERROR_INVALID_ARGUMENT);
      const char *message = error->message;

      if (g_str_has_prefix (message, fixture->root))
        message += strlen (fixture->root);
      g_string_printf (text, "error: %s", message);
      return g_string_free (text, FALSE);
    }

  for (guint i = 0; i < profile->layers->len; i++)
    {
      const VtProfileLayer *layer = profile->layers->pdata[i];
      g_autofree char *settings = describe (layer->settings);

      g_string_append_printf (text, "%s:\n%s", layer->profile, settings);
    }
  return g_string_free (text, FALSE);
}

static void
assert_load (const Fixture *fixture, const char *name, const char *expected)
{
  g_autofree char *text = load (fixture, name);

  g_assert_cmpstr (text, ==, expected);
}

#define BASE_DISK "block/*/read_ahead_kb=>4096\nblock/*/scheduler=bfq\n"

static void
test_include (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VtProfile) profile = vt_profile_store_load (fixture->store, "child", &error);

  g_assert_no_error (error);
  g_assert_cmpstr (profile->name, ==, "child");
  g_assert_cmpstr (profile->summary, ==, "Child");
  assert_load (fixture, "child",
               "base:\n" BASE_DISK "child:\nsysctl/vm.dirty_ratio=30\nsysctl/vm.swappiness=30\n");
}

/* dirty_bytes of the including profile must remove dirty_ratio of the included one. */
static void
test_override_in_other_unit (Fixture *fixture, gconstpointer data)
{
  write_profile (fixture, "usr", "bytes", "[main]\ninclude=child\n[vm]\ndirty_bytes=67108864\n");
  assert_load (fixture, "bytes",
               "base:\n" BASE_DISK
               "child:\nsysctl/vm.swappiness=30\nbytes:\nsysctl/vm.dirty_bytes=67108864\n");
}

static void
test_unit_options (Fixture *fixture, gconstpointer data)
{
  write_profile (fixture, "usr", "replace",
                 "[main]\ninclude=base\n[disk]\nreplace=1\nelevator=none\n");
  write_profile (fixture, "usr", "drop",
                 "[main]\ninclude=base\n[disk]\ndrop=elevator\n[vm]\nenabled=false\n");
  write_profile (fixture, "usr", "devices", "[main]\ninclude=base\n[disk]\ndevices=vdb\n");
  write_profile (fixture, "usr", "variables", "[main]\ninclude=vars\n[variables]\na=7\n");
  write_profile (fixture, "usr", "vars",
                 "[variables]\na=1\nb=${a}0\n[sysctl]\nvm.swappiness=${b}\n");

  assert_load (fixture, "replace",
               "base:\nsysctl/vm.dirty_ratio=40\nsysctl/vm.swappiness=10\n"
               "replace:\nblock/*/scheduler=none\n");
  assert_load (fixture, "drop",
               "base:\nblock/*/read_ahead_kb=>4096\nsysctl/vm.swappiness=10\ndrop:\n");
  assert_load (fixture, "devices",
               "base:\nblock/vdb/read_ahead_kb=>4096\nblock/vdb/scheduler=bfq\n"
               "sysctl/vm.dirty_ratio=40\nsysctl/vm.swappiness=10\ndevices:\n");
  assert_load (fixture, "variables", "vars:\nsysctl/vm.swappiness=70\nvariables:\n");
}

/* include= may use variables. Those of the including profile win over those of the included one. */
static void
test_variable_include (Fixture *fixture, gconstpointer data)
{
  write_profile (fixture, "usr", "base-db", "[sysctl]\nvm.swappiness=1\n");
  write_profile (fixture, "usr", "base-web", "[sysctl]\nvm.swappiness=2\n");
  write_profile (fixture, "usr", "chosen", "[variables]\nkind=web\n[main]\ninclude=base-${kind}\n");
  write_profile (fixture, "usr", "chooser", "[variables]\nkind=db\n[main]\ninclude=chosen\n");
  write_profile (fixture, "usr", "lost", "[main]\nsummary=Lost\n\ninclude=base-${kind}\n");

  assert_load (fixture, "chosen", "base-web:\nsysctl/vm.swappiness=2\nchosen:\n");
  assert_load (fixture, "chooser", "base-db:\nsysctl/vm.swappiness=1\nchosen:\nchooser:\n");
  assert_load (fixture, "lost",
               "error: /usr/lost/tuned.conf:4: include can't be followed: the variable ${kind} "
               "has no value");
}

static void
test_several_includes (Fixture *fixture, gconstpointer data)
{
  write_profile (fixture, "usr", "a", "[main]\ninclude=common\n[sysctl]\nvm.swappiness=1\n");
  write_profile (fixture, "usr", "b", "[main]\ninclude=common\n[sysctl]\nvm.swappiness=2\n");
  write_profile (fixture, "usr", "common", "[sysctl]\nvm.swappiness=3\nvm.max_map_count=3\n");
  write_profile (fixture, "usr", "both", "[main]\ninclude=a, b -absent\n");

  assert_load (fixture, "both",
               "common:\nsysctl/vm.max_map_count=3\na:\nb:\nsysctl/vm.swappiness=2\nboth:\n");
}

/* As in TuneD, a profile in /etc may include the profile of the same name that it hides. */
static void
test_include_of_hidden_profile (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) infos = NULL;
  const VtProfileInfo *info;

  write_profile (fixture, "etc", "base",
                 "[main]\nsummary=Mine\ninclude=base\n[sysctl]\nvm.swappiness=5\n");
  assert_load (fixture, "base",
               "base:\n" BASE_DISK "sysctl/vm.dirty_ratio=40\nbase:\nsysctl/vm.swappiness=5\n");

  infos = vt_profile_store_list (fixture->store);
  g_assert_cmpuint (infos->len, ==, 2);
  info = infos->pdata[0];
  g_assert_cmpstr (info->name, ==, "base");
  g_assert_cmpstr (info->summary, ==, "Mine");
  g_assert_true (g_str_has_suffix (info->path, "/etc/base/tuned.conf"));
}

static void
test_include_loops (Fixture *fixture, gconstpointer data)
{
  write_profile (fixture, "usr", "x", "[main]\ninclude=y\n");
  write_profile (fixture, "usr", "y", "[main]\ninclude=x\n");
  assert_load (fixture, "x",
               "error: /usr/x/tuned.conf: includes itself, directly or through other profiles");

  for (guint i = 0; i < 20; i++)
    {
      g_autofree char *name = g_strdup_printf ("deep%u", i);
      g_autofree char *text = g_strdup_printf ("[main]\ninclude=deep%u\n", i + 1);

      write_profile (fixture, "usr", name, text);
    }
  assert_load (
      fixture, "deep0",
      "error: /usr/deep17/tuned.conf: includes are nested more than 16 deep or are more than 32");
}

static void
test_bad_names (Fixture *fixture, gconstpointer data)
{
  const char *const names[] = { "", ".", "..", "../usr/base", "base/", "a b", "-base", "a\nb" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *text = load (fixture, names[i]);

      g_assert_true (g_str_has_prefix (text, "error: no profile '"));
      g_assert_true (g_str_has_suffix (text, "; there are: base, child"));
      g_assert_null (strchr (text, '\n'));
    }

  write_profile (fixture, "usr", "includer", "[main]\ninclude=../../etc/passwd\n");
  assert_load (fixture, "includer",
               "error: no profile '../../etc/passwd'; there are: base, child, includer");
}

static void
test_bad_files (Fixture *fixture, gconstpointer data)
{
  g_autofree char *file = g_build_filename (fixture->root, "usr", "file", NULL);
  g_autofree char *large = g_strnfill (64 * 1024 + 1, '#');
  g_autofree char *conf = NULL;

  write_profile (fixture, "usr", "large", large);
  assert_load (fixture, "large", "error: /usr/large/tuned.conf: is larger than 64 KiB");

  g_file_set_contents (file, "", 0, NULL);
  conf = load (fixture, "file");
  g_assert_true (g_str_has_prefix (conf, "error: no profile 'file'"));
}

#define CHILD      "base:\n" BASE_DISK "child:\nsysctl/vm.dirty_ratio=30\nsysctl/vm.swappiness=30\n"
#define SWAPPINESS "[sysctl]\nvm.swappiness=7\n"
#define DISTRUST   "a symbolic link is followed only where root alone can change what it leads to: "

/* @path: of a file or folder below the root. */
static void
set_mode (const Fixture *fixture, const char *path, guint mode)
{
  g_autofree char *whole = g_build_filename (fixture->root, path, NULL);

  g_assert_cmpint (chmod (whole, mode), ==, 0);
}

static void
put_link (const Fixture *fixture, const char *path, const char *target)
{
  g_autofree char *whole = g_build_filename (fixture->root, path, NULL);
  g_autofree char *folder = g_path_get_dirname (whole);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0755), ==, 0);
  g_assert_cmpint (symlink (target, whole), ==, 0);
}

/* Makes a store like that of Nix: its group may add files, but cannot change those of root. */
static void
set_up_links (Fixture *fixture, gconstpointer data)
{
  const mode_t mask = umask (022);

  set_up (fixture, data);
  write_profile (fixture, "store/hash-etc", "db", SWAPPINESS);
  set_mode (fixture, "store", 01775);
  umask (mask);
}

static void
test_links (Fixture *fixture, gconstpointer data)
{
  const mode_t mask = umask (022);
  g_autoptr (GPtrArray) infos = NULL;

  /* Links to a folder and to a file, with relative and absolute targets below the root; a link over
   * another link. */
  put_link (fixture, "usr/folder", "../store/hash-etc/db");
  put_link (fixture, "usr/absolute", "/store/hash-etc/db");
  put_link (fixture, "usr/file/tuned.conf", "../../store/hash-etc/db/tuned.conf");
  put_link (fixture, "usr/above", "../../../../../store/./hash-etc//db/");
  put_link (fixture, "static", "store/hash-etc");
  put_link (fixture, "usr/twice", "../static/db");
  assert_load (fixture, "folder", "folder:\nsysctl/vm.swappiness=7\n");
  assert_load (fixture, "absolute", "absolute:\nsysctl/vm.swappiness=7\n");
  assert_load (fixture, "file", "file:\nsysctl/vm.swappiness=7\n");
  assert_load (fixture, "above", "above:\nsysctl/vm.swappiness=7\n");
  assert_load (fixture, "twice", "twice:\nsysctl/vm.swappiness=7\n");

  /* The folder of profiles is itself a link, like /etc/tuned in NixOS. */
  put_link (fixture, "etc", "static");
  assert_load (fixture, "db", "db:\nsysctl/vm.swappiness=7\n");
  infos = vt_profile_store_list (fixture->store);
  g_assert_cmpuint (infos->len, ==, 8); /* base, child, db, and the five links */
  umask (mask);
}

static void
test_dangling_links (Fixture *fixture, gconstpointer data)
{
  put_link (fixture, "usr/nothing", "../store/none");
  put_link (fixture, "usr/loop", "loop");
  put_link (fixture, "usr/empty", "../store");
  put_link (fixture, "usr/other/tuned.conf", "/etc/hostname");
  put_link (fixture, "usr/folder/tuned.conf", "../base");
  assert_load (fixture, "nothing",
               "error: /usr/nothing/tuned.conf: is a symbolic link that leads to nothing");
  assert_load (fixture, "loop",
               "error: /usr/loop/tuned.conf: leads to more than 40 symbolic links");
  assert_load (fixture, "empty",
               "error: /usr/empty/tuned.conf: is a symbolic link that leads to nothing");
  assert_load (fixture, "other",
               "error: /usr/other/tuned.conf: is a symbolic link that leads to nothing");
  assert_load (fixture, "folder", "error: /usr/folder/tuned.conf: is no regular file");

  /* A link without a target is like an absent folder. */
  put_link (fixture, "etc", "absent");
  assert_load (fixture, "child", CHILD);
}

static void
check_distrust (const Fixture *fixture, const char *path, guint mode, const char *reason)
{
  g_autofree char *whole = g_build_filename (fixture->root, path, NULL);
  g_autofree char *expected = NULL;
  struct stat st;

  g_assert_cmpint (stat (whole, &st), ==, 0);
  g_assert_cmpint (chmod (whole, mode), ==, 0);
  expected = g_strdup_printf ("error: /usr/link/tuned.conf: " DISTRUST "%s/%s %s", fixture->root,
                              path, reason);
  assert_load (fixture, "link", expected);
  g_assert_cmpint (chmod (whole, st.st_mode & 07777), ==, 0);
  assert_load (fixture, "link", "link:\nsysctl/vm.swappiness=7\n");
}

/* If a folder on the path to a link or to its target can be changed by others than root, the link
 * is not followed. */
static void
test_distrusted_links (Fixture *fixture, gconstpointer data)
{
  static const char *const paths[] = { "usr", "store/hash-etc", "store/hash-etc/db" };
  const mode_t mask = umask (022);

  put_link (fixture, "usr/link", "../store/hash-etc/db");
  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      check_distrust (fixture, paths[i], 0775, "can be written by its group");
      check_distrust (fixture, paths[i], 0757, "can be written by others");
    }
  check_distrust (fixture, "store", 0775, "can be written by its group");
  check_distrust (fixture, "store", 01777, "can be written by others");
  check_distrust (fixture, "store/hash-etc/db/tuned.conf", 0664, "can be written by its group");
  check_distrust (fixture, "store/hash-etc/db/tuned.conf", 0646, "can be written by others");

  /* A path without a link is not checked: the profile is read as before. */
  set_mode (fixture, "usr", 0777);
  assert_load (fixture, "child", CHILD);
  umask (mask);
}

static void
check_owner (const Fixture *fixture, const char *path)
{
  g_autofree char *whole = g_build_filename (fixture->root, path, NULL);
  g_autofree char *expected = g_strdup_printf (
      "error: /usr/link/tuned.conf: " DISTRUST "%s does not belong to root", whole);

  g_assert_cmpint (lchown (whole, 65534, 65534), ==, 0);
  assert_load (fixture, "link", expected);
  g_assert_cmpint (lchown (whole, 0, 0), ==, 0);
  assert_load (fixture, "link", "link:\nsysctl/vm.swappiness=7\n");
}

/* Only root can change the owner of a file. */
static void
test_owners_of_links (Fixture *fixture, gconstpointer data)
{
  static const char *const paths[]
      = { "usr", "usr/link", "store", "store/hash-etc/db", "store/hash-etc/db/tuned.conf" };

  put_link (fixture, "usr/link", "../store/hash-etc/db");
  assert_load (fixture, "link", "link:\nsysctl/vm.swappiness=7\n");
  for (guint i = 0; geteuid () == 0 && i < G_N_ELEMENTS (paths); i++)
    check_owner (fixture, paths[i]);
}

static void
test_directory_is_no_file (Fixture *fixture, gconstpointer data)
{
  g_autofree char *dir = g_build_filename (fixture->root, "usr", "dir", "tuned.conf", NULL);

  g_assert_cmpint (g_mkdir_with_parents (dir, 0755), ==, 0);
  assert_load (fixture, "dir", "error: /usr/dir/tuned.conf: is no regular file");
}

static VtProfileStore *
shipped_store (void)
{
  const char *const folders[] = { "/agent/profiles/data", NULL };

  return vt_profile_store_new (g_getenv ("VT_SOURCE_ROOT"), folders);
}

/* Each of our own profiles can be loaded, and nothing in it is ignored. */
static void
test_shipped (void)
{
  g_autoptr (VtProfileStore) store = shipped_store ();
  g_autoptr (GPtrArray) infos = vt_profile_store_list (store);

  g_assert_cmpuint (infos->len, ==, 3);
  for (guint i = 0; i < infos->len; i++)
    {
      const VtProfileInfo *info = infos->pdata[i];
      g_autoptr (GError) error = NULL;
      g_autoptr (VtProfile) profile = vt_profile_store_load (store, info->name, &error);

      g_assert_no_error (error);
      g_assert_nonnull (info->summary);
      g_assert_cmpuint (profile->ignored->len, ==, 0);
    }
}

static void
test_shipped_virtual_guest (void)
{
  Fixture shipped = { .root = (char *) "/nowhere", .store = shipped_store () };
  const char *parent = "throughput-performance:\nblock/*/read_ahead_kb=>4096\n"
                       "sysctl/net.core.somaxconn=>2048\nsysctl/vm.dirty_background_ratio=10\n";
  g_autofree char *plain = g_strconcat (
      parent, "virtual-guest:\nsysctl/vm.dirty_ratio=30\nsysctl/vm.swappiness=30\n", NULL);
  g_autofree char *automatic
      = g_strconcat (plain,
                     "virtual-guest-auto:\nblock/*/scheduler=auto\nnet/*/combined=auto\n"
                     "net/*/irq_affinity=auto\nnet/*/xps=auto\n",
                     NULL);

  assert_load (&shipped, "virtual-guest", plain);
  assert_load (&shipped, "virtual-guest-auto", automatic);
  vt_profile_store_free (shipped.store);
}

int
main (int argc, char **argv)
{
  const struct
  {
    const char *name;
    void (*run) (Fixture *, gconstpointer);
  } tests[] = {
    { "/profile/include", test_include },
    { "/profile/override-in-other-unit", test_override_in_other_unit },
    { "/profile/unit-options", test_unit_options },
    { "/profile/several-includes", test_several_includes },
    { "/profile/variable-include", test_variable_include },
    { "/profile/include-of-hidden-profile", test_include_of_hidden_profile },
    { "/profile/include-loops", test_include_loops },
    { "/profile/bad-names", test_bad_names },
    { "/profile/bad-files", test_bad_files },
    { "/profile/directory-is-no-file", test_directory_is_no_file },
  };

  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/profile/parse/", cases[i].name, NULL);

      g_test_add_data_func (path, &cases[i], test_case);
    }
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].name, Fixture, NULL, set_up, tests[i].run, tear_down);
  g_test_add ("/profile/links/followed", Fixture, NULL, set_up_links, test_links, tear_down);
  g_test_add ("/profile/links/dangling", Fixture, NULL, set_up_links, test_dangling_links,
              tear_down);
  g_test_add ("/profile/links/distrusted", Fixture, NULL, set_up_links, test_distrusted_links,
              tear_down);
  g_test_add ("/profile/links/owners", Fixture, NULL, set_up_links, test_owners_of_links,
              tear_down);

  g_test_add_func ("/profile/damaged", test_damaged);
  g_test_add_func ("/profile/expansion-is-bounded", test_expansion_is_bounded);
  g_test_add_func ("/profile/devices-are-bounded", test_devices_are_bounded);
  g_test_add_func ("/profile/text-is-harmless", test_text_is_harmless);
  g_test_add_func ("/profile/shipped", test_shipped);
  g_test_add_func ("/profile/shipped-virtual-guest", test_shipped_virtual_guest);

  return g_test_run ();
}
