/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * TuneD's channels= of [net]: the words that ethtool -L takes, "combined 4"
 * or "rx 2 tx 2 other 1". It knows no device and no range.
 */

#include <glib.h>

typedef struct
{
  const char *name; /* static: "combined", "rx", "tx" or "other" */
  char *value;
} VtChannelOption;

/*
 * Returns: (transfer full): of VtChannelOption, as written; NULL: the text is
 * not understood, the static @ret_reason says why.
 */
GPtrArray *vt_channel_options_parse (const char *text,
                                     const char **ret_reason) G_GNUC_WARN_UNUSED_RESULT;
