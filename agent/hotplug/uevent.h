/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Makes events of messages. It allocates no memory and reads no socket. A
 * uevent message of the kernel (lib/kobject_uevent.c) is "ACTION@DEVPATH",
 * then KEY=VALUE strings, each with a NUL at its end.
 */

#include <glib.h>

#include "agent/hotplug/monitor.h"

/* Bytes: above the kernel's limit for the strings (UEVENT_BUFFER_SIZE) and the first line. */
#define VT_UEVENT_MAX 8192

/*
 * The strings of @ret point into @message. FALSE: @message is no complete
 * uevent (it is truncated, in udevd's format, or has no subsystem); @ret is
 * unchanged.
 */
gboolean
vt_uevent_parse (const char *message, gsize len, VtDeviceEvent *ret) G_GNUC_WARN_UNUSED_RESULT;

struct udev_device;

/*
 * An event of udevd. The strings of @ret belong to @device. The name is that
 * of the device's folder in /sys ("cciss!c0d0"). libudev's own name has "/" in
 * place of each "!". FALSE: @device is no event; @ret is unchanged.
 */
gboolean vt_uevent_from_udev (struct udev_device *device,
                              VtDeviceEvent *ret) G_GNUC_WARN_UNUSED_RESULT;
