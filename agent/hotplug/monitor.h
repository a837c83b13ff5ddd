/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Tells of devices that come, change and leave, as one source on the main
 * loop. It keeps no list of devices, promises no event (a full receive buffer
 * drops them: everybody is told and looks for himself) and decides nothing.
 * At rest it does not wake.
 *
 * Main context only.
 */

#include <glib.h>

typedef struct VtMonitor VtMonitor;

/* Who speaks: both tell of the same devices, one after the other. */
typedef enum
{
  VT_MONITOR_KERNEL, /* as early as can be; a hint: names and attributes may yet change */
  VT_MONITOR_UDEV,   /* after udevd renamed the device and ran its rules */
} VtMonitorGroup;

/* Valid during the callback only. Strings are never NULL unless said. */
typedef struct
{
  const char *action; /* "add", "remove", "change", "move", "online", "offline", "bind", "unbind" */
  const char *subsystem;
  const char *sysname; /* "memory32", "vda", "eth0", "vport1p1" */
  const char *devpath; /* without "/sys" */
  const char *devtype; /* "disk", "partition"; NULL: none */
  /* Of the kernel's: somebody had it told again (Documentation/ABI/testing/sysfs-uevent). */
  const char *synthetic; /* its SYNTH_UUID; NULL: it is the kernel's own */
} VtDeviceEvent;

/* @event NULL: events of the group were lost. Whoever subscribed looks at all devices anew. */
typedef void (*VtMonitorFunc) (const VtDeviceEvent *event, gpointer data);

/*
 * @root: as of vt_kernel_fs_get_root(). Other than "" the monitor is inert:
 * it can be subscribed to and started, and only vt_monitor_deliver() feeds it.
 * @context: NULL for the default one.
 */
VtMonitor *vt_monitor_new (const char *root, GMainContext *context);
void vt_monitor_free (VtMonitor *monitor);

/* Before vt_monitor_start(). @func is called for each event of @subsystem in @group. */
void vt_monitor_subscribe (VtMonitor *monitor,
                           VtMonitorGroup group,
                           const char *subsystem,
                           VtMonitorFunc func,
                           gpointer data);

/*
 * From here on nothing is missed in silence: start first, then look at the
 * devices that are there. VT_ERROR_GENERIC where the kernel gives no socket.
 */
gboolean vt_monitor_start (VtMonitor *monitor, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/*
 * Hands on, here and now, what was told by this moment: for whoever must know
 * of his own doing before he goes on. A storm is not waited out.
 */
void vt_monitor_catch_up (VtMonitor *monitor);

/* Hands an event (NULL: loss) of @group to its subscribers, as if it had just been received. */
void vt_monitor_deliver (VtMonitor *monitor, VtMonitorGroup group, const VtDeviceEvent *event);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtMonitor, vt_monitor_free)
