/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The exit codes of virt-tune, and an error domain with the same codes.
 * Errors that the agent sent are VT_ERROR and lead to VT_EXIT_FAILED; every
 * other error is a VT_EXIT_ERROR. This file prints nothing.
 */

#include <glib.h>

typedef enum
{
  VT_EXIT_OK,          /* done, or nothing to do */
  VT_EXIT_FAILED,      /* the agent refused or failed, or there is drift */
  VT_EXIT_USAGE,       /* the command line is wrong; nothing was sent */
  VT_EXIT_UNREACHABLE, /* no connection to the agent, or it broke off */
  VT_EXIT_TIMED_OUT,   /* no answer in time */
  VT_EXIT_PROTOCOL,    /* the guest sent something that our agent never sends */
  VT_EXIT_N_CODES
} VtExit;

#define VT_EXIT_ERROR (vt_exit_error_quark ())

GQuark vt_exit_error_quark (void);

/* Sets @error, which may be NULL. Always FALSE, so that a failing branch is one line. */
gboolean vt_exit_set (GError **error, VtExit code, const char *format, ...) G_GNUC_PRINTF (3, 4);

/* Consumes @cause; sets @error to its message under @code, with the text in front. Always FALSE. */
gboolean vt_exit_wrap (GError **error, VtExit code, GError *cause, const char *format, ...)
    G_GNUC_PRINTF (4, 5);

/* The exit code for @error, of any domain. */
VtExit vt_exit_code (const GError *error);

/* The class of @error in --format json: the agent's, or one of ours. */
const char *vt_exit_class (const GError *error);

/* The meaning of @code as --help prints it. */
const char *vt_exit_meaning (VtExit code);
