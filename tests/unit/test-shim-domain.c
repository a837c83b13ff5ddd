/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib.h>

#include "host-shim/domain-xml.h"
#include "host-shim/exit.h"

#define TARGET(attributes) "<channel type='unix'><target " attributes "/></channel>"
#define DOMAIN(devices)    "<domain type='kvm'><name>x</name><devices>" devices "</devices></domain>"
#define OURS               "type='virtio' name='org.virt_tune.agent.0'"

static const struct
{
  const char *xml;
  VtChannelState state;
} rows[] = {
  { DOMAIN (""), VT_CHANNEL_ABSENT },
  { DOMAIN (TARGET (OURS)), VT_CHANNEL_UNKNOWN },
  { DOMAIN (TARGET (OURS " state='connected'")), VT_CHANNEL_CONNECTED },
  { DOMAIN (TARGET (OURS " state='disconnected'")), VT_CHANNEL_DISCONNECTED },
  { DOMAIN (TARGET (OURS " state='novel'")), VT_CHANNEL_UNKNOWN },
  { DOMAIN (TARGET ("type='virtio' name='org.qemu.guest_agent.0' state='connected'")),
    VT_CHANNEL_ABSENT },
  { DOMAIN (TARGET ("type='xen' name='org.virt_tune.agent.0' state='connected'")),
    VT_CHANNEL_ABSENT },
  { DOMAIN (TARGET ("type='virtio' name='org.virt_tune.agent.0x'")), VT_CHANNEL_ABSENT },
  { DOMAIN (TARGET ("name='org.virt_tune.agent.0'")), VT_CHANNEL_ABSENT },
  { DOMAIN ("<disk><target " OURS "/></disk>"), VT_CHANNEL_ABSENT },
  { "<domain><metadata><domain><devices>" TARGET (OURS) "</devices></domain></metadata></domain>",
    VT_CHANNEL_ABSENT },
  { "<!-- " DOMAIN (TARGET (OURS)) " --><domain/>", VT_CHANNEL_ABSENT },
  { "<?xml version='1.0'?><domain><devices>" TARGET (OURS " state='connected'")
        TARGET ("type='virtio' name='other' state='disconnected'") "</devices></domain>",
    VT_CHANNEL_CONNECTED },
};

static void
test_find (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      VtChannelState state = VT_CHANNEL_UNKNOWN;

      g_assert_true (vt_domain_xml_find_channel (rows[i].xml, &state, &error));
      g_assert_no_error (error);
      g_assert_cmpint (state, ==, rows[i].state);
    }
}

static void
test_broken (void)
{
  static const char *const broken[] = { "", "<domain>", "domain", "<a></b>" };

  for (gsize i = 0; i < G_N_ELEMENTS (broken); i++)
    {
      g_autoptr (GError) error = NULL;
      VtChannelState state = VT_CHANNEL_CONNECTED;

      g_assert_false (vt_domain_xml_find_channel (broken[i], &state, &error));
      g_assert_error (error, VT_EXIT_ERROR, VT_EXIT_UNREACHABLE);
      g_assert_cmpint (state, ==, VT_CHANNEL_CONNECTED);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/shim/domain/find", test_find);
  g_test_add_func ("/shim/domain/broken", test_broken);
  return g_test_run ();
}
