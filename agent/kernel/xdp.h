/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Tells whether an XDP program is attached to a network device, as
 * `ip link show` does: IFLA_XDP_ATTACHED of rtnetlink(7). It attaches and
 * detaches nothing.
 */

#include <glib.h>

typedef enum
{
  VT_XDP_NONE,    /* none, or the kernel does not tell */
  VT_XDP_GENERIC, /* the network stack runs it; the driver does not know of it */
  VT_XDP_DRIVER,  /* the driver or the card runs it */
} VtXdpMode;

VtXdpMode vt_xdp_get_mode (const char *ifname);
