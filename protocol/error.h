/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The error domain of both ends, and the table that maps its codes to the
 * error classes of the protocol. There is a code for each case in which a
 * caller acts differently. The message tells what happened. An errno only
 * adds its text to a message; it does not select a code.
 */

#include <glib.h>

#define VT_ERROR (vt_error_quark ())

typedef enum
{
  VT_ERROR_GENERIC,           /* GenericError: any other error; qga has this class, too */
  VT_ERROR_COMMAND_NOT_FOUND, /* CommandNotFound: unknown, or blocked by configuration */
  VT_ERROR_INVALID_ARGUMENT,  /* InvalidArgument: malformed, unknown key, out of range */
  VT_ERROR_NO_SUCH_DEVICE,    /* NoSuchDevice: a device that is named without a pattern is absent */
  VT_ERROR_NOT_OFFERED, /* NotOffered: this device or kernel does not have this value or attribute
                         */
  VT_ERROR_REFUSED, /* Refused: possible, but unwise or not permitted; 'force' may override it */
  VT_ERROR_BUSY,    /* Busy: another change is running */
  VT_ERROR_APPLY_FAILED, /* ApplyFailed: a write failed; the values from before are restored */
  VT_ERROR_STATE,        /* StateError: the agent's own state can't be read or written */
  VT_ERROR_N_CODES
} VtErrorCode;

GQuark vt_error_quark (void);

/* The class of @error in the protocol; GenericError for an error of another domain. */
const char *vt_error_class (const GError *error);

/* FALSE: there is no class @name. */
gboolean vt_error_code_from_class (const char *name, VtErrorCode *ret_code);

/* Sets @error, which may be NULL. Always FALSE, so that a failing branch is one line. */
gboolean vt_error_set (GError **error, VtErrorCode code, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

/* Sets VT_ERROR_GENERIC; the message is the text, ": " and strerror (@errsv). Always FALSE. */
gboolean vt_error_set_errno (GError **error, int errsv, const char *format, ...)
    G_GNUC_PRINTF (3, 4);
