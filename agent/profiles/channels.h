/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Parses TuneD's option channels= of [net]: the words that ethtool -L takes,
 * "combined 4" or "rx 2 tx 2 other 1". It looks at no device and checks no
 * range.
 */

#include <glib.h>

typedef struct
{
  const char *name; /* static: "combined", "rx", "tx" or "other" */
  char *value;
} VtChannelOption;

/*
 * Returns: (transfer full): VtChannelOptions in the order of @text. NULL:
 * @text is faulty; @ret_reason is set to a static reason.
 */
GPtrArray *vt_channel_options_parse (const char *text,
                                     const char **ret_reason) G_GNUC_WARN_UNUSED_RESULT;
