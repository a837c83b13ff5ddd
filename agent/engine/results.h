/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the engine's calls return: reports of operations, and the state of attributes. */

#include <glib.h>

#include "agent/engine/row.h"
#include "agent/state/active.h"

/* The report of one operation. */
typedef struct
{
  guint64 apply_id; /* 0: the operation has none (dry run, verify, start) */
  gboolean dry_run;
  GPtrArray *rows;    /* of VtRow */
  GPtrArray *ignored; /* of char *: what a profile asks for and the agent does not carry out */
} VtReport;

/* Without rows. Returns: (transfer full) */
VtReport *vt_report_new (void);
void vt_report_free (VtReport *report);

/* A provisional apply. */
typedef struct
{
  guint64 apply_id;
  gint64 deadline;  /* µs of the engine's clock */
  gint64 left;      /* µs until then; may be negative */
  VtActive *active; /* the active settings if it is confirmed */
} VtProvisionalStatus;

void vt_provisional_status_free (VtProvisionalStatus *status);

/* One attribute as status shows it. */
typedef struct
{
  char *key;
  gboolean number; /* the values are decimal integers */
  char *value;     /* NULL: it cannot be read */
  char *wanted;    /* NULL: nothing is wanted */
  char *source;    /* of the wanted value */
  char *original;  /* NULL: the agent has not changed it */
  char *allowed;   /* NULL: not known */
} VtAttributeStatus;

void vt_attribute_status_free (VtAttributeStatus *status);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtReport, vt_report_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtProvisionalStatus, vt_provisional_status_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VtAttributeStatus, vt_attribute_status_free)
