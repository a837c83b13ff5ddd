/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The agent's channel of one domain, opened through libvirt: looks the domain
 * up, finds the channel in its live XML, opens it as a stream. It blocks for
 * as long as libvirtd likes, so it is called from a thread that may; each way
 * to fail has its own message with what to do.
 */

#include <glib.h>
#include <libvirt/libvirt.h>

typedef struct
{
  virConnectPtr connection;
  virStreamPtr stream; /* non-blocking, open */
} VtLibvirtChannel;

/* VT_EXIT_UNREACHABLE on each failure; *@channel is then empty. */
gboolean vt_libvirt_channel_open (VtLibvirtChannel *channel,
                                  const char *uri,
                                  const char *domain,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

/*
 * Ends the stream and waits until libvirtd has let go of the channel, so that
 * the next client finds it free.
 */
void vt_libvirt_channel_clear (VtLibvirtChannel *channel);
