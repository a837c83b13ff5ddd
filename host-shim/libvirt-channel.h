/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Opens the agent's channel of one domain through libvirt: looks up the domain,
 * finds the channel in its live XML, and opens it as a stream. It may block
 * for any time if libvirtd does not respond, so call it from a separate
 * thread. Each kind of failure has its own message with advice.
 */

#include <glib.h>
#include <libvirt/libvirt.h>

typedef struct
{
  virConnectPtr connection;
  virStreamPtr stream; /* non-blocking, open */
} VtLibvirtChannel;

/* Every error is VT_EXIT_UNREACHABLE; *@channel is then empty. */
gboolean vt_libvirt_channel_open (VtLibvirtChannel *channel,
                                  const char *uri,
                                  const char *domain,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

/*
 * Ends the stream and waits until libvirtd has released the channel, so that
 * the next client can open it.
 */
void vt_libvirt_channel_clear (VtLibvirtChannel *channel);
