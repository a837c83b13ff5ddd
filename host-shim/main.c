/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <signal.h>
#include <stdio.h>

#include "host-shim/command.h"

/* Without setlocale(3): all is said in one language, with numbers that programs read too, and
 * reading a locale is the dearest of what a run does before it connects. */
int
main (int argc, char **argv)
{
  (void) signal (SIGPIPE, SIG_IGN);
  return (int) vt_command_main ((const char *const *) argv, stdout, stderr);
}
