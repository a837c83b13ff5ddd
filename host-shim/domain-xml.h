/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Finds the agent's channel in a domain's live XML
 * (https://libvirt.org/formatdomain.html#channel). It only parses text and
 * doesn't call libvirt.
 */

#include <glib.h>

/* The name of the port in the guest, and of the channel's target in the XML. */
#define VT_CHANNEL_NAME "org.virt_tune.agent.0"

typedef enum
{
  VT_CHANNEL_ABSENT,       /* the domain has no such channel */
  VT_CHANNEL_UNKNOWN,      /* it exists; the XML does not tell whether the guest opened it */
  VT_CHANNEL_DISCONNECTED, /* it exists, but no program in the guest has opened it */
  VT_CHANNEL_CONNECTED,
} VtChannelState;

/* VT_EXIT_UNREACHABLE: @xml is not valid XML. */
gboolean vt_domain_xml_find_channel (const char *xml,
                                     VtChannelState *ret_state,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;
