/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Attributes that are one plain kernel file. Each is a row of data; one
 * implementation serves all rows. An attribute whose decision needs more than
 * a file and a range has its own source file.
 */

#include <glib.h>

#include "agent/tunables/tunable.h"

typedef enum
{
  VT_KERNEL_NUMBER,  /* one integer within min..max */
  VT_KERNEL_NUMBERS, /* @columns integers within min..max: "4096 131072 6291456" */
  VT_KERNEL_CHOICE,  /* the file lists the allowed words: "always [madvise] never" */
  VT_KERNEL_WORD,    /* one of @words; the file shows only the active one */
} VtKernelKind;

typedef struct
{
  const char *name;
  const char *path; /* from the root; for a device's attribute: from the device's folder */
  VtKernelKind kind;
  gint64 min, max;          /* allowed range of each number */
  guint columns;            /* for VT_KERNEL_NUMBERS */
  const char *const *words; /* for VT_KERNEL_WORD; NULL at the end */
  VtRank rank;
  const char *lasting; /* what an undo can't take back; NULL: nothing */
} VtKernelRow;

/* The implementation, for tunables that replace some of its operations. */
extern const VtAttributeOps vt_kernel_attribute_ops;

/* The attribute of @row. Its file is @path, or the row's path if NULL. @device, @identity may be
 * NULL. (transfer full) */
VtAttribute *vt_kernel_attribute_new (const VtKernelRow *row,
                                      const char *section,
                                      const char *device,
                                      const char *identity,
                                      const char *path);

/* Appends an attribute for each of @rows whose file exists. */
void vt_kernel_attributes_enumerate (const VtSystem *system,
                                     const VtKernelRow *rows,
                                     guint n_rows,
                                     const char *section,
                                     GPtrArray *attributes);

/* The single operations, for tunables that replace only some of them. */
char *vt_kernel_attribute_read (const VtAttribute *attribute,
                                const VtSystem *system,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean vt_kernel_attribute_write (const VtAttribute *attribute,
                                    const VtSystem *system,
                                    const char *value,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean vt_kernel_attribute_decide (const VtAttribute *attribute,
                                     const VtQuestion *question,
                                     const char *wanted,
                                     VtDecision *ret,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;
char *vt_kernel_attribute_allowed (const VtAttribute *attribute, const VtSystem *system);
