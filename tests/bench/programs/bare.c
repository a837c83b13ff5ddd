/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The smallest memory use of a program of this kind: it runs GLib's main
 * loop, uses json-glib once, and has libudev monitors of the kernel's and of
 * udev's events. It has no clients.
 */

#include <glib-unix.h>
#include <json-glib/json-glib.h>
#include <libudev.h>
#include <stdlib.h>

static gboolean
on_event (int fd, GIOCondition condition, gpointer data)
{
  struct udev_device *device = udev_monitor_receive_device (data);

  if (device != NULL)
    udev_device_unref (device);

  return G_SOURCE_CONTINUE;
}

static gboolean
listen_to (struct udev *udev, const char *group)
{
  struct udev_monitor *monitor = udev_monitor_new_from_netlink (udev, group);

  if (monitor == NULL)
    return FALSE;
  udev_monitor_filter_add_match_subsystem_devtype (monitor, "memory", NULL);
  if (udev_monitor_enable_receiving (monitor) < 0)
    return FALSE;
  g_unix_fd_add (udev_monitor_get_fd (monitor), G_IO_IN, on_event, monitor);

  return TRUE;
}

static gboolean
use_json (void)
{
  g_autoptr (JsonNode) node = json_from_string ("{\"return\": {}}", NULL);
  g_autofree char *text = node == NULL ? NULL : json_to_string (node, FALSE);

  return text != NULL;
}

int
main (int argc, char **argv)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  struct udev *udev = udev_new ();

  if (udev == NULL || !listen_to (udev, "kernel") || !listen_to (udev, "udev") || !use_json ())
    return EXIT_FAILURE;
  g_main_loop_run (loop);

  return EXIT_SUCCESS;
}
