/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Error texts for writes that the kernel refuses: the value, the kernel's
 * error, and the likely reason. A tunable passes the reasons that are
 * specific to its files; a few reasons hold for every file.
 */

#include <glib.h>

#include "agent/kernel/kernel-fs.h"

typedef struct
{
  int errsv;          /* 0 ends a table */
  const char *reason; /* a clause: "the disk's queue is frozen" */
} VtRefusalReason;

/*
 * Writes @value to @path and explains a refusal. @reasons: may be NULL.
 * VT_ERROR_NOT_OFFERED: no such file or device; VT_ERROR_GENERIC: any other.
 */
gboolean vt_refusal_write (const VtKernelFs *fs,
                           const char *path,
                           const char *value,
                           const VtRefusalReason *reasons,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The reason for @errsv from @reasons (may be NULL), else the reason that holds for every file;
 * NULL: none is known. */
const char *vt_refusal_find (const VtRefusalReason *reasons, int errsv);
