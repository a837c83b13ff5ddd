/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The result for one attribute: a row of the reply. */

#include <glib.h>

typedef enum
{
  VT_RESULT_APPLIED,
  VT_RESULT_UNCHANGED,
  VT_RESULT_PLANNED,     /* dry-run: would be applied */
  VT_RESULT_LEFT_ALONE,  /* the setting leaves it as it is: off, or auto on a passed-through disk */
  VT_RESULT_NOT_OFFERED, /* this kernel or device lacks what a profile sets */
  VT_RESULT_PENDING,     /* the device is not there (yet) */
  VT_RESULT_FAILED,
  VT_RESULT_OK,    /* verify: the value is as wanted */
  VT_RESULT_DRIFT, /* verify: it is not; hot-plug: others changed it once more */
  VT_RESULT_RESTORED,
  VT_RESULT_CHANGED_BY_OTHERS,
  VT_RESULT_GONE, /* roll-back: the device was removed, or another one has its name */
  VT_N_RESULTS
} VtResult;

typedef struct
{
  char *key;
  VtResult result;
  gboolean number;  /* from and to are decimal integers */
  char *from;       /* apply, roll-back: value before; verify: value now. NULL: not known */
  char *to;         /* apply, roll-back: value now; verify: value wanted. NULL: not known */
  char *wanted;     /* the setting's value, such as "auto"; NULL: none */
  char *source;     /* "settings", "profile virtual-guest", "base policy"; NULL: none */
  char *reason;     /* NULL: none */
  gboolean lasting; /* a roll-back restores the value, but not all of its effects */
} VtRow;

VtRow *vt_row_new (const char *key, VtResult result);
void vt_row_free (VtRow *row);

/* "applied", "left-alone", …: as the protocol has it. */
const char *vt_result_word (VtResult result);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtRow, vt_row_free)
