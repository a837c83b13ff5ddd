/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What became of one attribute: the reply's row. A value without behaviour.
 */

#include <glib.h>

typedef enum
{
  VT_RESULT_APPLIED,
  VT_RESULT_UNCHANGED,
  VT_RESULT_PLANNED,     /* dry-run: would be applied */
  VT_RESULT_LEFT_ALONE,  /* the wanted word itself leaves it: auto on pass-through, off */
  VT_RESULT_NOT_OFFERED, /* a profile's knob that this kernel or device lacks */
  VT_RESULT_PENDING,     /* wanted of a device that is not there (yet) */
  VT_RESULT_FAILED,
  VT_RESULT_OK,    /* verify: is as wanted */
  VT_RESULT_DRIFT, /* verify: is not */
  VT_RESULT_RESTORED,
  VT_RESULT_CHANGED_BY_OTHERS,
  VT_RESULT_GONE, /* roll-back: the device has left, or another bears its name */
  VT_N_RESULTS
} VtResult;

typedef struct
{
  char *key;
  VtResult result;
  gboolean number;  /* from and to are decimal integers */
  char *from;       /* apply, roll-back: what was there; verify: what is there. NULL: unsaid */
  char *to;         /* apply, roll-back: what is there now; verify: what should be. NULL: unsaid */
  char *wanted;     /* the word asked for: "auto"; NULL: none */
  char *source;     /* "settings", "profile virtual-guest", "base policy"; NULL: none */
  char *reason;     /* NULL: none */
  gboolean lasting; /* a roll-back restores the value, and not all that it brings about */
} VtRow;

VtRow *vt_row_new (const char *key, VtResult result);
void vt_row_free (VtRow *row);

/* "applied", "left-alone", …: the word on the wire. */
const char *vt_result_word (VtResult result);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtRow, vt_row_free)
