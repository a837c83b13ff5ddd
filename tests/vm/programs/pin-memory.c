/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * pin-memory MIB: touches so much memory and keeps the last page of each MiB
 * pinned until it is ended. The kernel can't move a page that vmsplice(2) has
 * put into a pipe, and keeps trying: taking the page's memory block offline
 * never ends. Prints "pinned" when all pages are pinned.
 */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#define MIB  ((size_t) 1 << 20)
#define PAGE ((size_t) 4096)

/* Each pipe holds one page. Nobody reads the pipes. */
static int
pin (char *page)
{
  struct iovec part = { page, PAGE };
  int ends[2];

  return pipe (ends) == 0 && vmsplice (ends[1], &part, 1, 0) == (ssize_t) PAGE ? 0 : -1;
}

int
main (int argc, char **argv)
{
  size_t n = argc == 2 ? strtoul (argv[1], NULL, 10) : 0;
  char *memory;

  if (n == 0 || n > 400) /* descriptors */
    return 2;

  memory = mmap (NULL, n * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    return 1;

  memset (memory, 1, n * MIB);
  for (size_t i = 1; i <= n; i++)
    if (pin (memory + i * MIB - PAGE) < 0)
      return 1;

  puts ("pinned");
  fflush (stdout);
  pause ();
  return 0;
}
