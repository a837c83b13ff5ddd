/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The table of side effects: its entry for each attribute. test-device-settings.c tests how the
 * engine uses it. */

#include "config.h"

#include <string.h>

#include "agent/tunables/side-effects.h"
#include "tests/unit/ask.h"

static VtAttribute *
find_attribute (const GPtrArray *attributes, const char *key)
{
  for (guint i = 0; i < attributes->len; i++)
    {
      VtAttribute *attribute = g_ptr_array_index (attributes, i);

      if (g_str_equal (attribute->key, key))
        return attribute;
    }

  return NULL;
}

/* Adds the file of a sysctl of the table, if the fixture lacks it. */
static void
add_sysctl (const Fixture *fixture, const char *key)
{
  g_autofree char *name = g_strdelimit (g_strdup (key), ".", '/');
  g_autofree char *path = g_strconcat ("proc/sys", strchr (name, '/'), NULL);

  if (g_str_has_prefix (key, "sysctl/") && !vt_kernel_fs_exists (fixture->system.fs, path))
    fixture_write (fixture, path, "1");
}

static void
add_channels (const Fixture *fixture)
{
  static const char *const names[] = { "rx", "rx_max", "tx", "tx_max", "other", "other_max" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_strconcat ("ethtool/eth0/", names[i], NULL);

      fixture_write (fixture, path, "1");
    }
}

static char *
name_device (const char *key)
{
  g_auto (GStrv) parts = g_strsplit (key, "*", -1);

  return g_strjoinv (g_str_has_prefix (key, "net") ? "eth0" : "vda", parts);
}

static void
check_side_effect (const GPtrArray *attributes, const VtSideEffect *effect)
{
  g_autofree char *written = effect->written != NULL ? name_device (effect->written) : NULL;
  g_autofree char *changed = name_device (effect->changed);
  const VtAttribute *first = written != NULL ? find_attribute (attributes, written) : NULL;
  const VtAttribute *second = find_attribute (attributes, changed);

  g_test_message ("%s changes %s", written != NULL ? written : "hot-plug", changed);
  if (second == NULL)
    g_error ("there is no %s", changed);

  g_assert_true (second->reset_by_hotplug || written != NULL);
  if (written == NULL)
    return;

  g_assert_nonnull (first);
  g_assert_true (g_strv_contains ((const char *const *) first->disturbs, second->key));
  g_assert_cmpint (first->rank, <, second->rank);
}

/* Each key of the table is known; the changed attribute is planned after the written one. */
static void
test_side_effects (void)
{
  g_autoptr (Fixture) fixture = fixture_new ("kvm-guest");
  g_autoptr (GPtrArray) attributes = NULL;
  guint n;
  const VtSideEffect *table = vt_side_effects_list (&n);

  add_channels (fixture);
  for (guint i = 0; i < n; i++)
    {
      add_sysctl (fixture, table[i].changed);
      if (table[i].written != NULL)
        add_sysctl (fixture, table[i].written);
    }

  attributes = ask_all (fixture);
  for (guint i = 0; i < n; i++)
    check_side_effect (attributes, &table[i]);
}

/* Both members of each pair are attributes, and each is the other's counterpart. */
static void
test_pairs (void)
{
  static const char *const pairs[][2] = {
    { "sysctl/vm.dirty_bytes", "sysctl/vm.dirty_ratio" },
    { "sysctl/vm.dirty_background_bytes", "sysctl/vm.dirty_background_ratio" },
    { "sysctl/vm.overcommit_kbytes", "sysctl/vm.overcommit_ratio" },
  };
  g_autoptr (Fixture) fixture = fixture_new ("kvm-guest");
  g_autoptr (GPtrArray) attributes = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++)
    for (guint j = 0; j < 2; j++)
      add_sysctl (fixture, pairs[i][j]);

  attributes = ask_all (fixture);
  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++)
    for (guint j = 0; j < 2; j++)
      {
        const VtAttribute *attribute = find_attribute (attributes, pairs[i][j]);

        if (attribute == NULL)
          g_error ("there is no %s", pairs[i][j]);
        g_assert_cmpstr (attribute->counterpart, ==, pairs[i][1 - j]);
      }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/side-effects/table", test_side_effects);
  g_test_add_func ("/side-effects/pairs", test_pairs);
  return g_test_run ();
}
