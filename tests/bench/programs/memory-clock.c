/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Writes to a port how many microseconds passed in the guest from the first
 * added block to the last block that came online:
 *
 *   memory-clock BLOCKS PORT
 *
 * First it writes a line "ready". It runs with a higher priority than other
 * programs, so that it gets each event when it happens.
 */

#include "tests/bench/programs/uevents.h"

#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

static int64_t
now_us (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return (int64_t) now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int
main (int argc, char **argv)
{
  static const char *const actions[] = { "add", "online", NULL };
  struct sched_param first = { .sched_priority = 50 };
  int events = uevents_open ();
  int port = argc == 3 ? open (argv[2], O_WRONLY | O_CLOEXEC) : -1;
  long left = argc == 3 ? strtol (argv[1], NULL, 10) : 0;
  int64_t start = 0, end = 0;
  int action;

  if (events < 0 || port < 0 || sched_setscheduler (0, SCHED_FIFO, &first) < 0
      || dprintf (port, "ready\n") < 0)
    {
      perror ("memory-clock");
      return EXIT_FAILURE;
    }

  while (left > 0 && uevents_next (events, actions, &action) >= 0)
    {
      end = now_us ();
      if (start == 0)
        start = end;
      if (action == 1)
        left--;
    }
  return dprintf (port, "%lld\n", (long long) (end - start)) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
