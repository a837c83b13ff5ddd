/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The lower limit for the times of a channel: waits for edges on a virtio port
 * and answers {"return": {}} to each newline. It parses nothing, frames
 * nothing and allocates nothing.
 *
 *   echo-floor PORT
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define ANSWER     "{\"return\": {}}\n"
#define ANSWER_LEN (sizeof ANSWER - 1)

/* Answers that the host has not read yet. */
typedef struct
{
  char bytes[64 * 1024];
  size_t len;
} Waiting;

static void
flush (int fd, Waiting *waiting)
{
  while (waiting->len > 0)
    {
      ssize_t n = write (fd, waiting->bytes, waiting->len);

      if (n <= 0)
        return;
      waiting->len -= (size_t) n;
      memmove (waiting->bytes, waiting->bytes + n, waiting->len);
    }
}

static void
put (Waiting *waiting)
{
  if (waiting->len + ANSWER_LEN > sizeof waiting->bytes)
    return;

  memcpy (waiting->bytes + waiting->len, ANSWER, ANSWER_LEN);
  waiting->len += ANSWER_LEN;
}

static void
serve (int fd, Waiting *waiting)
{
  char bytes[4096];
  ssize_t n;

  while ((n = read (fd, bytes, sizeof bytes)) > 0)
    {
      for (ssize_t i = 0; i < n; i++)
        if (bytes[i] == '\n')
          put (waiting);
      flush (fd, waiting);
    }
}

int
main (int argc, char **argv)
{
  struct epoll_event interest = { .events = EPOLLIN | EPOLLOUT | EPOLLET };
  static Waiting waiting;
  int fd, epoll_fd;

  if (argc != 2)
    return EXIT_FAILURE;
  fd = open (argv[1], O_RDWR | O_NONBLOCK | O_CLOEXEC);
  epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
  if (fd < 0 || epoll_fd < 0 || epoll_ctl (epoll_fd, EPOLL_CTL_ADD, fd, &interest) < 0)
    {
      perror (argv[1]);
      return EXIT_FAILURE;
    }

  for (;;)
    {
      struct epoll_event event;

      if (epoll_wait (epoll_fd, &event, 1, -1) < 0 && errno != EINTR)
        return EXIT_FAILURE;
      flush (fd, &waiting);
      serve (fd, &waiting);
    }
}
