/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Parses the command line and the configuration file; the command line
 * overrides the file. The options are those of qemu-ga(8) as far as they apply.
 * This module carries out no option; main.c does.
 */

#include <glib.h>

#include "agent/configuration/configuration.h"

typedef enum
{
  VT_TASK_RUN,
  VT_TASK_HELP,          /* --help */
  VT_TASK_VERSION,       /* --version */
  VT_TASK_DUMP,          /* --dump-conf */
  VT_TASK_DUMP_STATE,    /* --dump-state */
  VT_TASK_LIST_COMMANDS, /* --block-rpcs=help, --allow-rpcs=help */
} VtTask;

typedef struct
{
  VtTask task;
  char *root; /* prefix of /sys, /proc, /dev, /run, /etc and the state folder; "": "/" */
  VtConfiguration *configuration;
  GPtrArray *warnings; /* of char *, to be logged when the log is open */
} VtOptions;

/*
 * Parses the command line, and the configuration file that it names, else the
 * default one. VT_ERROR_INVALID_ARGUMENT names what is wrong.
 */
VtOptions *vt_options_new (int argc, char **argv, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void vt_options_free (VtOptions *options);

/* Returns: (transfer none): the text that --help prints */
const char *vt_options_get_help (void);

/* Returns: (transfer full): the configured path of the channel, else the method's default below the
 * root */
char *vt_options_get_path (const VtOptions *options);
/* Returns: (transfer full): the state folder, below the root */
char *vt_options_get_state_dir (const VtOptions *options);
/* Returns: (transfer full): the folder for the state while that one is read-only, below the root */
char *vt_options_get_volatile_state_dir (const VtOptions *options);
/* Returns: (transfer full): NULL: no pid file is configured */
char *vt_options_get_pid_file (const VtOptions *options);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtOptions, vt_options_free)
