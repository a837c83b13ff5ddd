/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/hotplug/monitor.h"

#include <errno.h>
#include <libudev.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>

#include "agent/hotplug/uevent.h"
#include "protocol/error.h"

/*
 * Bytes. Lost events only cost a rescan, so the buffer need not hold the
 * largest burst. libudev asks for 128 MiB, which the kernel would fill from its
 * own memory while memory is short. One event of a memory block takes 832
 * bytes of the buffer.
 */
#define MONITOR_BUFFER (512 * 1024)

/* Events handled in one dispatch, before the other sources of the main loop. */
#define MONITOR_BATCH 128

#define MONITOR_N_GROUPS (VT_MONITOR_UDEV + 1)
#define KERNEL_MULTICAST 1 /* the kernel's multicast group; udevd sends to group 2 */

typedef struct
{
  VtMonitorGroup group;
  char *subsystem;
  VtMonitorFunc func;
  gpointer data;
} Subscription;

typedef struct
{
  struct udev_monitor *monitor; /* NULL: nobody subscribed */
  gpointer tag;                 /* of its descriptor, from g_source_add_unix_fd() */
} Listener;

struct VtMonitor
{
  gboolean is_simulated; /* the root is not "/" */
  GMainContext *context;
  GPtrArray *subscriptions;
  struct udev *udev;
  Listener listeners[MONITOR_N_GROUPS];
  GSource *source;
  char buffer[VT_UEVENT_MAX];
};

typedef struct
{
  GSource parent;
  VtMonitor *monitor;
} MonitorSource;

static void
subscription_free (gpointer data)
{
  Subscription *subscription = data;

  g_free (subscription->subsystem);
  g_free (subscription);
}

VtMonitor *
vt_monitor_new (const char *root, GMainContext *context)
{
  VtMonitor *monitor = g_new0 (VtMonitor, 1);

  monitor->is_simulated = root != NULL && *root != '\0';
  monitor->context = context != NULL ? g_main_context_ref (context) : NULL;
  monitor->subscriptions = g_ptr_array_new_with_free_func (subscription_free);
  return monitor;
}

void
vt_monitor_free (VtMonitor *monitor)
{
  if (monitor == NULL)
    return;

  if (monitor->source != NULL)
    {
      g_source_destroy (monitor->source);
      g_source_unref (monitor->source);
    }
  for (guint i = 0; i < MONITOR_N_GROUPS; i++)
    g_clear_pointer (&monitor->listeners[i].monitor, udev_monitor_unref);
  g_clear_pointer (&monitor->udev, udev_unref);
  g_clear_pointer (&monitor->context, g_main_context_unref);
  g_ptr_array_unref (monitor->subscriptions);
  g_free (monitor);
}

void
vt_monitor_subscribe (VtMonitor *monitor,
                      VtMonitorGroup group,
                      const char *subsystem,
                      VtMonitorFunc func,
                      gpointer data)
{
  Subscription *subscription = g_new0 (Subscription, 1);

  g_assert (monitor->source == NULL);
  subscription->group = group;
  subscription->subsystem = g_strdup (subsystem);
  subscription->func = func;
  subscription->data = data;
  g_ptr_array_add (monitor->subscriptions, subscription);
}

void
vt_monitor_deliver (VtMonitor *monitor, VtMonitorGroup group, const VtDeviceEvent *event)
{
  for (guint i = 0; i < monitor->subscriptions->len; i++)
    {
      const Subscription *subscription = monitor->subscriptions->pdata[i];

      if (subscription->group != group)
        continue;
      if (event == NULL || strcmp (subscription->subsystem, event->subsystem) == 0)
        subscription->func (event, subscription->data);
    }
}

/*
 * Reads one message of the kernel without libudev. libudev would make about
 * thirty allocations for each message, and thousands of messages arrive when
 * memory is plugged, while memory is short. Only the kernel and root's
 * processes can send to the group. The kernel's port is 0.
 * Returns: 0, or a negative errno; -EAGAIN: there are no more messages.
 */
static int
monitor_receive_kernel (VtMonitor *monitor)
{
  int fd = udev_monitor_get_fd (monitor->listeners[VT_MONITOR_KERNEL].monitor);
  struct iovec iov = { monitor->buffer, sizeof monitor->buffer };
  struct sockaddr_nl sender = { 0 };
  struct msghdr message
      = { .msg_name = &sender, .msg_namelen = sizeof sender, .msg_iov = &iov, .msg_iovlen = 1 };
  VtDeviceEvent event;
  ssize_t len = recvmsg (fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

  if (len < 0)
    return -errno;

  if (sender.nl_groups != KERNEL_MULTICAST || sender.nl_pid != 0 || message.msg_flags & MSG_TRUNC)
    return 0;

  if (vt_uevent_parse (monitor->buffer, (gsize) len, &event))
    vt_monitor_deliver (monitor, VT_MONITOR_KERNEL, &event);
  return 0;
}

static int
monitor_receive_udev (VtMonitor *monitor)
{
  struct udev_device *device;
  VtDeviceEvent event;

  errno = EAGAIN;
  device = udev_monitor_receive_device (monitor->listeners[VT_MONITOR_UDEV].monitor);
  if (device == NULL)
    return -errno;

  if (vt_uevent_from_udev (device, &event))
    vt_monitor_deliver (monitor, VT_MONITOR_UDEV, &event);

  udev_device_unref (device);
  return 0;
}

/*
 * On overflow one receive fails with ENOBUFS; the queued messages still
 * follow. Any other error also means that a message was lost.
 */
static void
monitor_drain (VtMonitor *monitor, VtMonitorGroup group)
{
  gboolean lost = FALSE;

  for (guint i = 0; i < MONITOR_BATCH; i++)
    {
      int r = group == VT_MONITOR_KERNEL ? monitor_receive_kernel (monitor)
                                         : monitor_receive_udev (monitor);

      if (r == -EAGAIN)
        break;
      if (r < 0 && r != -EINTR)
        lost = TRUE;
    }

  if (lost)
    vt_monitor_deliver (monitor, group, NULL);
}

void
vt_monitor_dispatch_pending (VtMonitor *monitor)
{
  for (guint i = 0; i < MONITOR_N_GROUPS; i++)
    if (monitor->listeners[i].monitor != NULL)
      monitor_drain (monitor, i);
}

static gboolean
monitor_dispatch (GSource *source, GSourceFunc callback, gpointer data)
{
  VtMonitor *monitor = ((MonitorSource *) source)->monitor;

  for (guint i = 0; i < MONITOR_N_GROUPS; i++)
    {
      const Listener *listener = &monitor->listeners[i];

      if (listener->monitor != NULL && g_source_query_unix_fd (source, listener->tag) != 0)
        monitor_drain (monitor, i);
    }
  return G_SOURCE_CONTINUE;
}

static gboolean
monitor_filter (VtMonitor *monitor, VtMonitorGroup group, struct udev_monitor *listener)
{
  gboolean any = FALSE;

  for (guint i = 0; i < monitor->subscriptions->len; i++)
    {
      const Subscription *subscription = monitor->subscriptions->pdata[i];

      if (subscription->group != group)
        continue;
      any = TRUE;
      udev_monitor_filter_add_match_subsystem_devtype (listener, subscription->subsystem, NULL);
    }
  return any;
}

static gboolean
monitor_listen (VtMonitor *monitor, VtMonitorGroup group, GError **error)
{
  const char *const names[] = { [VT_MONITOR_KERNEL] = "kernel", [VT_MONITOR_UDEV] = "udev" };
  Listener *listener = &monitor->listeners[group];
  struct udev_monitor *opened = udev_monitor_new_from_netlink (monitor->udev, names[group]);
  int r;

  if (opened == NULL)
    return vt_error_set_errno (error, errno, "opening the %s's event socket", names[group]);

  if (!monitor_filter (monitor, group, opened))
    {
      udev_monitor_unref (opened);
      return TRUE;
    }

  /* This fails without CAP_NET_ADMIN. The default size then remains. */
  (void) udev_monitor_set_receive_buffer_size (opened, MONITOR_BUFFER);
  r = udev_monitor_enable_receiving (opened);
  if (r < 0)
    {
      udev_monitor_unref (opened);
      return vt_error_set_errno (error, -r, "listening to the %s's events", names[group]);
    }

  listener->monitor = opened;
  listener->tag = g_source_add_unix_fd (monitor->source, udev_monitor_get_fd (opened), G_IO_IN);
  return TRUE;
}

gboolean
vt_monitor_start (VtMonitor *monitor, GError **error)
{
  static GSourceFuncs funcs = { .dispatch = monitor_dispatch };

  if (monitor->is_simulated || monitor->source != NULL)
    return TRUE;

  monitor->udev = udev_new ();
  if (monitor->udev == NULL)
    return vt_error_set_errno (error, errno, "starting libudev");

  monitor->source = g_source_new (&funcs, sizeof (MonitorSource));
  ((MonitorSource *) monitor->source)->monitor = monitor;
  g_source_set_name (monitor->source, "device events");
  for (guint i = 0; i < MONITOR_N_GROUPS; i++)
    if (!monitor_listen (monitor, i, error))
      return FALSE;

  g_source_attach (monitor->source, monitor->context);
  return TRUE;
}
