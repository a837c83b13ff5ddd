/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Error texts for writes that the kernel refuses: what was written, what the
 * kernel answered, and why, as far as the guest can know. A tunable passes
 * the reasons of its own files; a few reasons hold for every file.
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

/* The reason for @errsv: of @reasons (may be NULL), else the one that holds for every file; NULL:
 * none is known. */
const char *vt_refusal_find (const VtRefusalReason *reasons, int errsv);
