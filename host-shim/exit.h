/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * How a run of virt-tune ends: the exit codes, and the error domain whose
 * codes they are. What the guest's agent refuses comes as VT_ERROR and ends
 * in VT_EXIT_FAILED; all else that goes wrong is told apart here. It prints
 * nothing.
 */

#include <glib.h>

typedef enum
{
  VT_EXIT_OK,          /* done, or nothing to do */
  VT_EXIT_FAILED,      /* the agent refused or failed, or there is drift */
  VT_EXIT_USAGE,       /* the command line is wrong; nothing was sent */
  VT_EXIT_UNREACHABLE, /* no way to the agent, or the way broke off */
  VT_EXIT_TIMED_OUT,   /* no answer in time */
  VT_EXIT_PROTOCOL,    /* the guest said what no agent of ours says */
  VT_EXIT_N_CODES
} VtExit;

#define VT_EXIT_ERROR (vt_exit_error_quark ())

GQuark vt_exit_error_quark (void);

/* Always FALSE, so that a failing branch is one line. @error may be NULL. */
gboolean vt_exit_set (GError **error, VtExit code, const char *format, ...) G_GNUC_PRINTF (3, 4);

/* Takes @cause and hands it on under @code, with the text in front. Always FALSE. */
gboolean vt_exit_wrap (GError **error, VtExit code, GError *cause, const char *format, ...)
    G_GNUC_PRINTF (4, 5);

/* The exit code for @error, whatever its domain. */
VtExit vt_exit_code (const GError *error);

/* The class that --format json gives to @error: the agent's own, or one of ours. */
const char *vt_exit_class (const GError *error);

/* What a code means, for --help. */
const char *vt_exit_meaning (VtExit code);
