/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What a domain's live XML says of the agent's channel
 * (https://libvirt.org/formatdomain.html#channel). Pure; it talks to no
 * libvirt.
 */

#include <glib.h>

/* The port's name in the guest, and the target's in the XML. */
#define VT_CHANNEL_NAME "org.virt_tune.agent.0"

typedef enum
{
  VT_CHANNEL_ABSENT,       /* the domain has no such channel */
  VT_CHANNEL_UNKNOWN,      /* it has; the XML does not say whether the guest opened it */
  VT_CHANNEL_DISCONNECTED, /* it has; nobody in the guest holds it open */
  VT_CHANNEL_CONNECTED,
} VtChannelState;

/* VT_EXIT_UNREACHABLE where @xml is none. */
gboolean vt_domain_xml_find_channel (const char *xml,
                                     VtChannelState *ret_state,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;
