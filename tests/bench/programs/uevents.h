/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Reads events of memory blocks from the kernel's uevent socket
 * (lib/kobject_uevent.c), with the least code that works: no filter, no
 * recovery of lost events.
 */

#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define UEVENT_MAX    8192
#define UEVENT_BUFFER (64 << 20) /* bytes; large, so that no event is lost */
#define UEVENT_GROUP  1          /* the kernel's events, not udev's */

static inline int
uevents_open (void)
{
  struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = UEVENT_GROUP };
  int size = UEVENT_BUFFER;
  int fd = socket (AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);

  if (fd < 0 || setsockopt (fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) < 0
      || bind (fd, (struct sockaddr *) &address, sizeof address) < 0)
    return -1;
  return fd;
}

/*
 * Waits for the next event of a block with one of these actions ("add", …). Returns: the block's
 * number; -1: the socket failed.
 */
static inline long
uevents_next (int fd, const char *const *actions, int *ret_action)
{
  static const char path[] = "@/devices/system/memory/memory";
  char message[UEVENT_MAX];
  long block;
  ssize_t n;

  while ((n = recv (fd, message, sizeof message - 1, 0)) > 0)
    {
      message[n] = '\0';
      for (int i = 0; actions[i] != NULL; i++)
        {
          size_t len = strlen (actions[i]);

          if (strncmp (message, actions[i], len) != 0
              || strncmp (message + len, path, sizeof path - 1) != 0
              || sscanf (message + len + sizeof path - 1, "%ld", &block) != 1)
            continue;
          *ret_action = i;
          return block;
        }
    }
  return -1;
}
