/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The one error domain of both ends, and the one table that maps its codes
 * to the error classes on the wire. Each code is something that a caller can
 * act on; what happened is in the message. It knows no errno beyond putting
 * its text into a message.
 */

#include <glib.h>

#define VT_ERROR (vt_error_quark ())

typedef enum
{
  VT_ERROR_GENERIC,           /* GenericError: qga's, for all that has no class of its own */
  VT_ERROR_COMMAND_NOT_FOUND, /* CommandNotFound: unknown, or blocked by configuration */
  VT_ERROR_INVALID_ARGUMENT,  /* InvalidArgument: malformed, unknown key, out of range */
  VT_ERROR_NO_SUCH_DEVICE,    /* NoSuchDevice: a device named exactly is not there */
  VT_ERROR_NOT_OFFERED,       /* NotOffered: this device or kernel has no such value or knob */
  VT_ERROR_REFUSED,           /* Refused: possible, but unwise or not permitted; may be forced */
  VT_ERROR_BUSY,              /* Busy: another change is under way */
  VT_ERROR_APPLY_FAILED,      /* ApplyFailed: a write failed; all is as it was before */
  VT_ERROR_STATE,             /* StateError: the agent's own state can't be read or written */
  VT_ERROR_N_CODES
} VtErrorCode;

GQuark vt_error_quark (void);

/* The class on the wire; GenericError for codes and domains that have none. */
const char *vt_error_class (const GError *error);

/* FALSE where @name is no class of ours. */
gboolean vt_error_code_from_class (const char *name, VtErrorCode *ret_code);

/* Always FALSE, so that a failing branch is one line. @error may be NULL. */
gboolean vt_error_set (GError **error, VtErrorCode code, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

/* The same with ": " and strerror (@errsv) behind the text; VT_ERROR_GENERIC. Always FALSE. */
gboolean vt_error_set_errno (GError **error, int errsv, const char *format, ...)
    G_GNUC_PRINTF (3, 4);
