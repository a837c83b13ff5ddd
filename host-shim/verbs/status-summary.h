/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The part of status above the tables: the agent, what is active, the
 * provisional apply, memory, changes, warnings. This file reads them from a
 * reply and prints them as lines. It does not handle devices and attributes.
 */

#include "host-shim/shape.h"
#include "host-shim/verb.h"

/* What is active, or becomes active with a provisional apply. The reply owns the texts; each may be
 * NULL. */
typedef struct
{
  const char *profile;
  const char *transient_profile; /* overrides the other until the guest's next boot */
  JsonObject *settings;
  JsonObject *transient;
  JsonArray *hints; /* never NULL */
} VtStatusActive;

/* The shape or the reply owns the texts. */
typedef struct
{
  const char *version;
  VtStatusActive active;
  gint64 provisional_id; /* 0: there is no provisional apply */
  gint64 provisional_seconds;
  VtStatusActive provisional;
  gint64 block_size, online, offline;
  gint64 last_id;
  const char *last_command, *last_result, *last_desc;
  const char *work;    /* the agent's own work that is running; NULL: none */
  const char *command; /* is running, or waits for the work; NULL: none */
  gboolean values;     /* the reply contains values of attributes */
  gint64 dropped;
  JsonArray *warnings;
} VtStatusSummary;

/* Reports faults to @shape: call vt_shape_check() before vt_status_summary_print(). */
void vt_status_summary_read (VtShape *shape, JsonObject *root, VtStatusSummary *ret_summary);
void vt_status_summary_print (const VtRun *run, const VtStatusSummary *summary);
