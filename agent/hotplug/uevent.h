/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The kernel's own uevent as it comes from the netlink socket (kernel
 * lib/kobject_uevent.c): "ACTION@DEVPATH", then KEY=VALUE strings, each ended
 * by a NUL. Bytes in, fields out; it allocates nothing and has no descriptor.
 */

#include <glib.h>

#include "agent/hotplug/monitor.h"

/* The kernel's limit of the strings (UEVENT_BUFFER_SIZE) and room for the head line. */
#define VT_UEVENT_MAX 8192

/*
 * @ret's strings point into @message. FALSE: not a whole uevent (truncated,
 * udevd's own format, no subsystem); @ret is untouched then.
 */
gboolean
vt_uevent_parse (const char *message, gsize len, VtDeviceEvent *ret) G_GNUC_WARN_UNUSED_RESULT;
