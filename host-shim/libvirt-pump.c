/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host-shim/libvirt-pump.h"

#include <errno.h>
#include <glib.h>
#include <string.h>
#include <sys/socket.h>

#define BLOCK_SIZE (64 * 1024)

typedef struct
{
  char bytes[BLOCK_SIZE];
  gsize start, end;
} Block;

typedef struct
{
  virStreamPtr stream;
  int fd;
  int watch;
  gboolean over;
  Block to_fd;
  Block to_stream;
} Pump;

typedef gssize (*Mover) (Pump *pump, char *bytes, gsize len);

/* Movers return the number of bytes moved; 0: must wait; -1: the stream or the socket has ended. */

static gssize
from_stream_result (int n)
{
  if (n == -2)
    return 0;
  return n > 0 ? n : -1;
}

static gssize
stream_recv (Pump *pump, char *bytes, gsize len)
{
  return from_stream_result (virStreamRecv (pump->stream, bytes, len));
}

static gssize
stream_send (Pump *pump, char *bytes, gsize len)
{
  return from_stream_result (virStreamSend (pump->stream, bytes, len));
}

static gssize
from_fd_result (gssize n)
{
  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    return 0;
  return n > 0 ? n : -1;
}

static gssize
fd_recv (Pump *pump, char *bytes, gsize len)
{
  return from_fd_result (recv (pump->fd, bytes, len, MSG_DONTWAIT));
}

static gssize
fd_send (Pump *pump, char *bytes, gsize len)
{
  return from_fd_result (send (pump->fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL));
}

/* Moves bytes in one direction: fills @block if it is empty, else empties it. FALSE: nothing moved.
 */
static gboolean
move_bytes (Pump *pump, Block *block, Mover take, Mover give)
{
  gboolean empty = block->start == block->end;
  gssize n = empty ? take (pump, block->bytes, sizeof block->bytes)
                   : give (pump, block->bytes + block->start, block->end - block->start);

  if (n < 0)
    pump->over = TRUE;
  if (n <= 0)
    return FALSE;
  block->start = empty ? 0 : block->start + (gsize) n;
  block->end = empty ? (gsize) n : block->end;
  return TRUE;
}

/* Waits for input where a block is empty, and for writability where it is not. */
static void
update_events (Pump *pump)
{
  gboolean fd_full = pump->to_fd.start < pump->to_fd.end;
  gboolean stream_full = pump->to_stream.start < pump->to_stream.end;

  virEventUpdateHandle (pump->watch, (fd_full ? VIR_EVENT_HANDLE_WRITABLE : 0)
                                         | (stream_full ? 0 : VIR_EVENT_HANDLE_READABLE));
  virStreamEventUpdateCallback (pump->stream, (fd_full ? 0 : VIR_STREAM_EVENT_READABLE)
                                                  | (stream_full ? VIR_STREAM_EVENT_WRITABLE : 0));
}

static void
pump_all (Pump *pump)
{
  gboolean moved = TRUE;

  while (moved && !pump->over)
    {
      moved = move_bytes (pump, &pump->to_fd, stream_recv, fd_send);
      if (!pump->over)
        moved |= move_bytes (pump, &pump->to_stream, fd_recv, stream_send);
    }
  if (!pump->over)
    update_events (pump);
}

static void
on_stream (virStreamPtr stream, int events, void *data)
{
  Pump *pump = data;

  pump_all (pump);
  if (events & (VIR_STREAM_EVENT_ERROR | VIR_STREAM_EVENT_HANGUP))
    pump->over = TRUE;
}

static void
on_fd (int watch, int fd, int events, void *data)
{
  pump_all (data);
}

void
vt_libvirt_pump_run (virStreamPtr stream, int fd)
{
  g_autofree Pump *pump = g_new0 (Pump, 1);

  pump->stream = stream;
  pump->fd = fd;
  pump->watch = virEventAddHandle (fd, VIR_EVENT_HANDLE_READABLE, on_fd, pump, NULL);
  pump->over
      = pump->watch < 0
        || virStreamEventAddCallback (stream, VIR_STREAM_EVENT_READABLE, on_stream, pump, NULL) < 0;
  while (!pump->over)
    if (virEventRunDefaultImpl () < 0)
      break;
  (void) virStreamEventRemoveCallback (stream);
  if (pump->watch >= 0)
    (void) virEventRemoveHandle (pump->watch);
}
