/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <signal.h>
#include <stdio.h>

#include "host-shim/command.h"

/* Does not call setlocale(3): the output has one language and one format of numbers, which scripts
 * parse, and loading a locale would take most of the time before the connection. */
int
main (int argc, char **argv)
{
  (void) signal (SIGPIPE, SIG_IGN);
  return (int) vt_command_main ((const char *const *) argv, stdout, stderr);
}
