/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The table of TuneD's options: the attribute that each one sets and how its
 * value is spelt there, or the reason why it is not carried out. Pure.
 */

#include <glib.h>

typedef struct
{
  const char *section; /* of our key */
  const char *name;    /* of our attribute: "read_ahead_kb" */
  gboolean devices;    /* the key has a selector between the two */
} VtOptionTarget;

/* Why no value of @option is carried out, whatever it is; NULL: it is carried out. Static. */
const char *vt_option_refusal (const char *type, const char *option);

/*
 * Only for what is not refused. @value: with its variables expanded. Returns: (transfer full): the
 * value as our attribute wants it; NULL: it is not understood, the static @ret_reason says why.
 * @ret points at static text or into @option.
 */
char *vt_option_convert (const char *type,
                         const char *option,
                         const char *value,
                         VtOptionTarget *ret,
                         const char **ret_reason) G_GNUC_WARN_UNUSED_RESULT;
