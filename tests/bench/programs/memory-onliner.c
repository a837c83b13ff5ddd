/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The smallest program that brings plugged memory online: one write for each
 * event. It handles no policy, no race and no lost event.
 */

#include "tests/bench/programs/uevents.h"

#include <fcntl.h>
#include <stdlib.h>

int
main (void)
{
  static const char *const actions[] = { "add", NULL };
  int events = uevents_open ();
  char path[64];
  long block;
  int action;

  while (events >= 0 && (block = uevents_next (events, actions, &action)) >= 0)
    {
      int fd;

      snprintf (path, sizeof path, "/sys/devices/system/memory/memory%ld/state", block);
      fd = open (path, O_WRONLY | O_CLOEXEC);
      if (fd < 0 || write (fd, "online", strlen ("online")) < 0)
        perror (path);
      close (fd);
    }
  perror ("memory-onliner");
  return EXIT_FAILURE;
}
