/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * xdp IFNAME driver|generic|off: attaches an XDP program that passes every
 * packet on, to the driver of a network device or to the network stack, or
 * detaches it from both. The program stays attached when this process ends.
 */

#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static void
fail (const char *doing, int errsv)
{
  fprintf (stderr, "xdp: %s: %s\n", doing, strerror (errsv));
  exit (1);
}

/* r0 = XDP_PASS; exit */
static int
load_program (void)
{
  static const struct bpf_insn instructions[] = {
    { .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = XDP_PASS },
    { .code = BPF_JMP | BPF_EXIT },
  };
  union bpf_attr attr = {
    .prog_type = BPF_PROG_TYPE_XDP,
    .insns = (unsigned long) instructions,
    .insn_cnt = 2,
    .license = (unsigned long) "LGPL",
  };
  long fd = syscall (__NR_bpf, BPF_PROG_LOAD, &attr, sizeof attr);

  if (fd < 0)
    fail ("loading the program", errno);

  return (int) fd;
}

typedef struct
{
  struct nlmsghdr header;
  struct ifinfomsg link;
  struct rtattr xdp; /* holds the two that follow */
  struct rtattr fd_header;
  __s32 fd;
  struct rtattr flags_header;
  __u32 flags;
} Request;

typedef struct
{
  struct nlmsghdr header;
  struct nlmsgerr error;
  char rest[4096];
} Answer;

/* @program: -1 detaches. */
static void
set_program (int netlink, unsigned int index, int program, unsigned int flags)
{
  const Request request = {
    .header = {
      .nlmsg_len = sizeof request,
      .nlmsg_type = RTM_SETLINK,
      .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
    },
    .link = { .ifi_index = (int) index },
    .xdp = {
      .rta_type = IFLA_XDP | NLA_F_NESTED,
      .rta_len = sizeof request - offsetof (Request, xdp),
    },
    .fd_header = { .rta_type = IFLA_XDP_FD, .rta_len = RTA_LENGTH (sizeof request.fd) },
    .fd = program,
    .flags_header = { .rta_type = IFLA_XDP_FLAGS, .rta_len = RTA_LENGTH (sizeof request.flags) },
    .flags = flags,
  };
  Answer answer;

  if (send (netlink, &request, sizeof request, 0) < 0)
    fail ("sending", errno);
  if (recv (netlink, &answer, sizeof answer, 0) < (ssize_t) NLMSG_LENGTH (sizeof (int)))
    fail ("receiving", errno);
  if (answer.header.nlmsg_type != NLMSG_ERROR || answer.error.error != 0)
    fail ("setting the program", -answer.error.error);
}

int
main (int argc, char **argv)
{
  const unsigned int index = argc == 3 ? if_nametoindex (argv[1]) : 0;
  int netlink = socket (AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

  if (index == 0)
    fail ("looking for the network device", errno);
  if (netlink < 0)
    fail ("opening a netlink socket", errno);

  if (strcmp (argv[2], "driver") == 0)
    set_program (netlink, index, load_program (), XDP_FLAGS_DRV_MODE);
  else if (strcmp (argv[2], "generic") == 0)
    set_program (netlink, index, load_program (), XDP_FLAGS_SKB_MODE);
  else
    {
      set_program (netlink, index, -1, XDP_FLAGS_DRV_MODE);
      set_program (netlink, index, -1, XDP_FLAGS_SKB_MODE);
    }

  return 0;
}
