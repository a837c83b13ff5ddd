/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

#include "protocol/error.h"
#include "tests/unit/fixture.h"

static void
test_get (void)
{
  g_autoptr (Fixture) fixture = fixture_new ("kvm-guest");
  g_autoptr (GError) error = NULL;
  VtChannels channels = { 42, 43 };

  g_assert_false (vt_ethtool_get_channels (fixture->system.ethtool, "eth9", &channels, &error));
  g_assert_error (error, VT_ERROR, VT_ERROR_NO_SUCH_DEVICE);
  g_clear_error (&error);

  g_assert_false (vt_ethtool_get_channels (fixture->system.ethtool, "eth3", &channels, &error));
  g_assert_error (error, VT_ERROR, VT_ERROR_NOT_OFFERED);
  g_assert_nonnull (strstr (error->message, "eth3"));
  g_clear_error (&error);
  g_assert_cmpuint (channels.combined, ==, 42);
  g_assert_cmpuint (channels.combined_max, ==, 43);

  g_assert_true (vt_ethtool_get_channels (fixture->system.ethtool, "eth1", &channels, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (channels.combined, ==, 2);
  g_assert_cmpuint (channels.combined_max, ==, 4);
}

static void
test_set (void)
{
  g_autoptr (Fixture) fixture = fixture_new ("kvm-guest");
  const VtEthtool *ethtool = fixture->system.ethtool;
  const char *hidden = "sys/class/net/eth0/queues/.tx-3";
  const char *shown = "sys/class/net/eth0/queues/tx-3";
  VtChannels channels;

  g_assert_true (vt_ethtool_set_combined (ethtool, "eth0", 3, NULL));
  g_assert_true (vt_ethtool_get_channels (ethtool, "eth0", &channels, NULL));
  g_assert_cmpuint (channels.combined, ==, 3);
  g_assert_true (vt_kernel_fs_exists (fixture->system.fs, hidden));
  g_assert_false (vt_kernel_fs_exists (fixture->system.fs, shown));

  g_assert_true (vt_ethtool_set_combined (ethtool, "eth0", 4, NULL));
  fixture_assert_unchanged (fixture);
}

static void
test_set_faults (void)
{
  static const struct
  {
    const char *ifname;
    guint combined;
  } cases[] = { { "eth0", 0 }, { "eth0", 5 }, { "eth3", 1 }, { "eth9", 1 }, { "lo", 1 } };
  g_autoptr (Fixture) fixture = fixture_new ("kvm-guest");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (vt_ethtool_set_combined (fixture->system.ethtool, cases[i].ifname,
                                               cases[i].combined, &error));
      g_assert_nonnull (error);
      g_assert_nonnull (strstr (error->message, cases[i].ifname));
    }

  fixture_assert_unchanged (fixture);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ethtool/get", test_get);
  g_test_add_func ("/ethtool/set", test_set);
  g_test_add_func ("/ethtool/set/faults", test_set_faults);
  return g_test_run ();
}
