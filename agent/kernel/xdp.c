/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/kernel/xdp.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The answer about one link is a few KiB. It would be larger with the list of SR-IOV functions,
 * which the request doesn't ask for. */
#define ANSWER_MAX (64 * 1024)

/* If ifi_index is 0, the kernel looks up the link by its name (rtnetlink(7)). */
typedef struct
{
  struct nlmsghdr header;
  struct ifinfomsg link;
  struct rtattr attribute;
  char name[RTA_ALIGN (IFNAMSIZ)];
} Request;

static gboolean
send_request (int fd, const char *ifname)
{
  Request request = {
    .header = {
      .nlmsg_len = sizeof request,
      .nlmsg_type = RTM_GETLINK,
      .nlmsg_flags = NLM_F_REQUEST,
    },
    .link = { .ifi_family = AF_UNSPEC },
    .attribute = { .rta_type = IFLA_IFNAME, .rta_len = RTA_LENGTH (IFNAMSIZ) },
  };
  gssize sent;

  if (strlen (ifname) >= IFNAMSIZ)
    return FALSE;

  strcpy (request.name, ifname);
  do
    sent = send (fd, &request, sizeof request, 0);
  while (sent < 0 && errno == EINTR);

  return sent == (gssize) sizeof request;
}

/* Returns the address @len bytes after @data, rounded up to netlink's alignment. */
static gconstpointer
skip (gconstpointer data, gsize len)
{
  return (const char *) data + NLMSG_ALIGN (len);
}

/* Finds the attribute @type in the @len bytes of attributes at @data; NULL: none. */
static const struct rtattr *
find_attribute (const void *data, gsize len, unsigned short type)
{
  const struct rtattr *at = data;
  int left = (int) len;

  while (RTA_OK (at, left))
    {
      if ((at->rta_type & NLA_TYPE_MASK) == type)
        return at;
      left -= (int) NLMSG_ALIGN (at->rta_len);
      at = skip (at, at->rta_len);
    }

  return NULL;
}

static VtXdpMode
parse_mode (const struct rtattr *xdp)
{
  const struct rtattr *attached
      = find_attribute (RTA_DATA (xdp), RTA_PAYLOAD (xdp), IFLA_XDP_ATTACHED);

  if (attached == NULL || RTA_PAYLOAD (attached) < 1)
    return VT_XDP_NONE;

  switch (*(const guint8 *) RTA_DATA (attached))
    {
    case XDP_ATTACHED_NONE:
      return VT_XDP_NONE;
    case XDP_ATTACHED_SKB:
      return VT_XDP_GENERIC;
    default: /* the driver or the card runs it, or several do */
      return VT_XDP_DRIVER;
    }
}

static VtXdpMode
parse_answer (const char *buffer, gsize len)
{
  const struct nlmsghdr *header = (const struct nlmsghdr *) (gconstpointer) buffer;
  const struct ifinfomsg *link;
  const struct rtattr *xdp;

  if (!NLMSG_OK (header, len) || header->nlmsg_type != RTM_NEWLINK
      || header->nlmsg_len < NLMSG_LENGTH (sizeof *link))
    return VT_XDP_NONE;

  link = NLMSG_DATA (header);
  xdp = find_attribute (skip (link, sizeof *link), IFLA_PAYLOAD (header), IFLA_XDP);

  return xdp != NULL ? parse_mode (xdp) : VT_XDP_NONE;
}

VtXdpMode
vt_xdp_get_mode (const char *ifname)
{
  int fd = socket (AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  g_autofree char *buffer = g_malloc (ANSWER_MAX);
  VtXdpMode mode = VT_XDP_NONE;
  gssize len = -1;

  if (fd < 0)
    return VT_XDP_NONE;

  /* rtnetlink answers before send(2) returns, so recv(2) doesn't block. */
  if (send_request (fd, ifname))
    do
      len = recv (fd, buffer, ANSWER_MAX, MSG_DONTWAIT);
    while (len < 0 && errno == EINTR);
  if (len > 0)
    mode = parse_answer (buffer, (gsize) len);
  close (fd);

  return mode;
}
