/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <errno.h>
#include <glib.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>

#include "host-shim/command.h"

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "");
  (void) signal (SIGPIPE, SIG_IGN);
  return (int) vt_command_main ((const char *const *) argv, stdout, stderr);
}
