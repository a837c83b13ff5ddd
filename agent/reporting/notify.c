/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/reporting/notify.h"

#include <glib.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* NOTIFY_SOCKET is a path, or "@NAME" for a socket in the abstract namespace (unix(7)). */
static gboolean
address_from_environment (struct sockaddr_un *address, socklen_t *len)
{
  const char *name = g_getenv ("NOTIFY_SOCKET");
  gsize size = name == NULL ? 0 : strlen (name);

  if (size < 2 || size >= sizeof address->sun_path || (name[0] != '/' && name[0] != '@'))
    return FALSE;

  memset (address, 0, sizeof *address);
  address->sun_family = AF_UNIX;
  memcpy (address->sun_path, name, size);
  if (name[0] == '@')
    address->sun_path[0] = '\0';
  *len = (socklen_t) (offsetof (struct sockaddr_un, sun_path) + size);

  return TRUE;
}

void
vt_notify (const char *state)
{
  struct sockaddr_un address;
  socklen_t len;
  int fd;

  if (!address_from_environment (&address, &len))
    return;

  fd = socket (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0)
    return;
  if (sendto (fd, state, strlen (state), MSG_NOSIGNAL, (struct sockaddr *) &address, len) < 0)
    g_debug ("notifying the service manager: %s", g_strerror (errno));
  close (fd);
}
