/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The table of TuneD's options: the attribute that each one sets and how to
 * convert its value, or the reason why it is not carried out. Reads no file.
 */

#include <glib.h>

typedef struct
{
  const char *section; /* of the attribute's key: "block" */
  const char *name;    /* of the attribute: "read_ahead_kb" */
  gboolean devices;    /* the key has a device selector between section and name */
} VtOptionTarget;

/* The static reason why @option is never carried out; NULL: it is. */
const char *vt_option_refusal (const char *type, const char *option);

/*
 * Converts @value, in which variables are already expanded. Only for options that
 * vt_option_refusal() allows. Returns: (transfer full): the value for the attribute; NULL: the
 * value is faulty, and @ret_reason is set to a static reason. @ret's strings are static or point
 * into @option.
 */
char *vt_option_convert (const char *type,
                         const char *option,
                         const char *value,
                         VtOptionTarget *ret,
                         const char **ret_reason) G_GNUC_WARN_UNUSED_RESULT;
