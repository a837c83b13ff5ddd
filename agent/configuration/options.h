/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The command line, with qemu-ga's options and letters (qemu-ga(8)) where
 * they mean something here, over the configuration file. It acts on nothing.
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
  char *root; /* "" for "/": what stands before /sys, /proc, /dev, /run, the state and /etc */
  VtConfiguration *configuration;
  GPtrArray *warnings; /* of char *, to be logged once there is a log */
} VtOptions;

/*
 * Reads the command line, and the configuration file that it or the default
 * names. VT_ERROR_INVALID_ARGUMENT: what is wrong.
 */
VtOptions *vt_options_new (int argc, char **argv, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void vt_options_free (VtOptions *options);

/* What --help prints. */
const char *vt_options_get_help (void);

/* The channel's path: the one given as it is, or the method's default below the root. (transfer
 * full) */
char *vt_options_get_path (const VtOptions *options);
/* The state folder, below the root. (transfer full) */
char *vt_options_get_state_dir (const VtOptions *options);
/* NULL where none is wanted. (transfer full) */
char *vt_options_get_pid_file (const VtOptions *options);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtOptions, vt_options_free)
