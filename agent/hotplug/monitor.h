/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Receives events about devices that are added, changed and removed, and
 * delivers them to subscribers on the main loop. It keeps no list of devices
 * and decides nothing. Events can be lost if the receive buffer overflows. The
 * subscribers are then told, and must look at all devices themselves. Without
 * events it causes no wake-up.
 *
 * Main context only.
 */

#include <glib.h>

typedef struct VtMonitor VtMonitor;

/* The sender of an event. Both send an event for each change, the kernel first. */
typedef enum
{
  VT_MONITOR_KERNEL, /* as early as possible; udevd may still change names and attributes */
  VT_MONITOR_UDEV,   /* after udevd renamed the device and ran its rules */
} VtMonitorGroup;

/* Valid during the callback only. Strings are not NULL unless said otherwise. */
typedef struct
{
  const char *action; /* "add", "remove", "change", "move", "online", "offline", "bind", "unbind" */
  const char *subsystem;
  const char *sysname; /* its folder in /sys: "memory32", "vda", "cciss!c0d0", "eth0" */
  const char *devpath; /* without "/sys" */
  const char *devtype; /* "disk", "partition"; NULL: none */
  /* SYNTH_UUID of a kernel event that a process requested by writing to the device's "uevent" file
   * (Documentation/ABI/testing/sysfs-uevent); NULL: the kernel sent the event by itself. */
  const char *synthetic;
} VtDeviceEvent;

/* @event NULL: events of the group were lost; the subscriber must look at all devices. */
typedef void (*VtMonitorFunc) (const VtDeviceEvent *event, gpointer data);

/*
 * @root: as of vt_kernel_fs_get_root(). With a root other than "" the monitor
 * receives no events; only vt_monitor_deliver() delivers some.
 * @context: NULL for the default one.
 */
VtMonitor *vt_monitor_new (const char *root, GMainContext *context);
void vt_monitor_free (VtMonitor *monitor);

/* Calls @func for each event of @subsystem in @group. Call it before vt_monitor_start(). */
void vt_monitor_subscribe (VtMonitor *monitor,
                           VtMonitorGroup group,
                           const char *subsystem,
                           VtMonitorFunc func,
                           gpointer data);

/*
 * Starts to receive events. From here on every lost event is reported, so a
 * caller starts the monitor first and then looks at the devices that exist.
 * FALSE: VT_ERROR_GENERIC if the kernel gives no socket.
 */
gboolean vt_monitor_start (VtMonitor *monitor, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/*
 * Delivers the events that have already arrived, without returning to the main
 * loop. For a caller that must see the events of its own changes first. It
 * delivers a bounded number, so it returns even while events keep arriving.
 */
void vt_monitor_dispatch_pending (VtMonitor *monitor);

/* Delivers an event (NULL: events were lost) to the subscribers of @group, as if it had just been
 * received. */
void vt_monitor_deliver (VtMonitor *monitor, VtMonitorGroup group, const VtDeviceEvent *event);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtMonitor, vt_monitor_free)
