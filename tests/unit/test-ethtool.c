/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "protocol/error.h"
#include "tests/unit/fixture.h"

static void
test_get (void)
{
  g_autoptr (Fixture) fixture = fixture_new ("kvm-guest");
  g_autoptr (GError) error = NULL;
  VtChannels channels = { .count = { 42 }, .max = { 43 } };

  g_assert_false (vt_ethtool_get_channels (fixture->system.ethtool, "eth9", &channels, &error));
  g_assert_error (error, VT_ERROR, VT_ERROR_NO_SUCH_DEVICE);
  g_clear_error (&error);

  g_assert_false (vt_ethtool_get_channels (fixture->system.ethtool, "eth3", &channels, &error));
  g_assert_error (error, VT_ERROR, VT_ERROR_NOT_OFFERED);
  g_assert_nonnull (strstr (error->message, "eth3"));
  g_clear_error (&error);
  g_assert_cmpuint (channels.count[VT_CHANNEL_COMBINED], ==, 42);
  g_assert_cmpuint (channels.max[VT_CHANNEL_COMBINED], ==, 43);

  g_assert_true (vt_ethtool_get_channels (fixture->system.ethtool, "eth1", &channels, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (channels.count[VT_CHANNEL_COMBINED], ==, 2);
  g_assert_cmpuint (channels.max[VT_CHANNEL_COMBINED], ==, 4);
}

static void
test_set (void)
{
  g_autoptr (Fixture) fixture = fixture_new ("kvm-guest");
  const VtEthtool *ethtool = fixture->system.ethtool;
  const char *hidden = "sys/class/net/eth0/queues/.tx-3";
  const char *shown = "sys/class/net/eth0/queues/tx-3";
  VtChannels channels;

  g_assert_cmpint (vt_ethtool_set_channels (ethtool, "eth0", VT_CHANNEL_COMBINED, 3), ==, 0);
  g_assert_true (vt_ethtool_get_channels (ethtool, "eth0", &channels, NULL));
  g_assert_cmpuint (channels.count[VT_CHANNEL_COMBINED], ==, 3);
  g_assert_true (vt_kernel_fs_exists (fixture->system.fs, hidden));
  g_assert_false (vt_kernel_fs_exists (fixture->system.fs, shown));

  g_assert_cmpint (vt_ethtool_set_channels (ethtool, "eth0", VT_CHANNEL_COMBINED, 4), ==, 0);
  fixture_assert_unchanged (fixture);
}

static void
test_set_faults (void)
{
  static const struct
  {
    const char *ifname;
    VtChannelKind kind;
    guint count;
    int result;
  } cases[] = {
    { "eth0", VT_CHANNEL_COMBINED, 0, -EINVAL }, { "eth0", VT_CHANNEL_COMBINED, 5, -EINVAL },
    { "eth0", VT_CHANNEL_RX, 1, -EINVAL },       { "eth3", VT_CHANNEL_COMBINED, 1, -EOPNOTSUPP },
    { "eth9", VT_CHANNEL_COMBINED, 1, -ENODEV }, { "lo", VT_CHANNEL_COMBINED, 1, -EOPNOTSUPP },
  };
  g_autoptr (Fixture) fixture = fixture_new ("kvm-guest");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpint (vt_ethtool_set_channels (fixture->system.ethtool, cases[i].ifname,
                                              cases[i].kind, cases[i].count),
                     ==, cases[i].result);

  fixture_assert_unchanged (fixture);
}

/* A set of one kind leaves the counts of the others as they are. */
static void
test_set_one_of_four (void)
{
  g_autoptr (Fixture) fixture = fixture_new ("kvm-guest");
  const VtEthtool *ethtool = fixture->system.ethtool;
  VtChannels channels;

  fixture_write (fixture, "ethtool/eth3/rx", "2");
  fixture_write (fixture, "ethtool/eth3/rx_max", "8");
  fixture_write (fixture, "ethtool/eth3/tx", "3");
  fixture_write (fixture, "ethtool/eth3/tx_max", "8");
  fixture_write (fixture, "ethtool/eth3/other", "1");
  fixture_write (fixture, "ethtool/eth3/other_max", "1");

  g_assert_cmpint (vt_ethtool_set_channels (ethtool, "eth3", VT_CHANNEL_TX, 5), ==, 0);
  g_assert_true (vt_ethtool_get_channels (ethtool, "eth3", &channels, NULL));
  g_assert_cmpuint (channels.count[VT_CHANNEL_RX], ==, 2);
  g_assert_cmpuint (channels.count[VT_CHANNEL_TX], ==, 5);
  g_assert_cmpuint (channels.count[VT_CHANNEL_OTHER], ==, 1);
  g_assert_cmpuint (channels.count[VT_CHANNEL_COMBINED], ==, 0);
  g_assert_cmpuint (channels.max[VT_CHANNEL_COMBINED], ==, 0);
  g_assert_cmpint (vt_ethtool_set_channels (ethtool, "eth3", VT_CHANNEL_RX, 0), ==, -EINVAL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ethtool/get", test_get);
  g_test_add_func ("/ethtool/set", test_set);
  g_test_add_func ("/ethtool/set/faults", test_set_faults);
  g_test_add_func ("/ethtool/set/one-of-four", test_set_one_of_four);
  return g_test_run ();
}
